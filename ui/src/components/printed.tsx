import type { ComponentChildren } from "preact";
import { spans } from "@/words/ansi";

const TONES = ["blue", "green", "magenta", "yellow", "cyan", "red"];
const OWNER = /^(\d+)> /;

/** One printed line: the instance that it is of, its colours, and what was searched for. */
export function PrintedLine({
  line,
  merged,
  seek,
  current,
}: {
  line: string;
  merged: boolean; // of a whole task: `N> ` comes first
  seek: RegExp | undefined;
  current: number; // which of the matches in it is looked at; -1: none
}) {
  const owner = merged ? OWNER.exec(line) : null;
  let nth = -1;
  const marked = (text: string): ComponentChildren => {
    if (!seek) return text;
    const parts: ComponentChildren[] = [];
    let from = 0;
    for (const match of text.matchAll(seek)) {
      nth += 1;
      parts.push(text.slice(from, match.index));
      parts.push(<mark class={nth === current ? "lines-current" : ""}>{match[0]}</mark>);
      from = match.index + match[0].length;
    }
    return parts.length ? [...parts, text.slice(from)] : text;
  };
  const rest = owner ? line.slice(owner[0].length) : line;
  return (
    <>
      {owner && (
        <span class={`lines-bold lines-${TONES[Number(owner[1]) % TONES.length]}`}>{marked(owner[0])}</span>
      )}
      {spans(rest).map(({ text, look }) =>
        look.length ? (
          <span class={look.map((one) => `lines-${one}`).join(" ")}>{marked(text)}</span>
        ) : (
          marked(text)
        ),
      )}
    </>
  );
}
