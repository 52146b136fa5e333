import "./tags.css";

export function Tags({ tags, href }: { tags: string[]; href?: (tag: string) => string }) {
  return (
    <span class="tags">
      {tags.map((tag) =>
        href ? (
          <a key={tag} class="tag" href={href(tag)}>
            {tag}
          </a>
        ) : (
          <span key={tag} class="tag">
            {tag}
          </span>
        ),
      )}
    </span>
  );
}
