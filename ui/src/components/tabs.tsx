import "./tabs.css";

/** Links between the parts of a page; the current one is told to assistive tools as well. */
export function Tabs({
  label,
  tabs,
  current,
}: {
  label: string;
  tabs: { name: string; title: string; href: string }[];
  current: string;
}) {
  return (
    <nav class="tabs" aria-label={label}>
      {tabs.map((tab) => (
        <a key={tab.name} href={tab.href} aria-current={tab.name === current ? "page" : undefined}>
          {tab.title}
        </a>
      ))}
    </nav>
  );
}
