import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Lines } from "@/task/lines";
import { plain } from "@/words/ansi";

/** Where a text was found: the line, and how many were found in it before. */
export interface Match {
  line: number; // counted from the first that was ever there
  nth: number;
}

export const MOST_FOUND = 100_000;

/** What finds a text in lines, in any case. */
export const pattern = (text: string) =>
  text ? new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"), "gi") : undefined;

/** Where `text` is in `lines`, and which of these places is looked at. Only new lines are searched as they come. */
export function useSearch(text: string, lines: Lines, stamp: number) {
  const [at, setAt] = useState(-1);
  const found = useRef<{ text: string; lines: Lines; to: number; matches: Match[] }>({
    text: "",
    lines,
    to: 0,
    matches: [],
  });
  const matches = useMemo(() => {
    const known = found.current;
    const fresh = known.text !== text || known.lines !== lines;
    const seek = pattern(text);
    const from = Math.max(lines.dropped, fresh ? 0 : known.to - 1); // the last line may have gone on
    const list = fresh ? [] : known.matches.filter((one) => one.line >= lines.dropped && one.line < from);
    if (seek)
      for (let line = from; line < lines.dropped + lines.length && list.length < MOST_FOUND; line += 1) {
        const times = plain(lines.all[line - lines.dropped] ?? "").match(seek)?.length ?? 0;
        for (let nth = 0; nth < times; nth += 1) list.push({ line, nth });
      }
    found.current = { text, lines, to: lines.dropped + lines.length, matches: list };
    return list;
  }, [text, lines, stamp]);

  useEffect(() => setAt(-1), [text, lines]);
  const step = (by: number) => {
    if (!matches.length) return undefined;
    const to = at < 0 ? (by > 0 ? 0 : matches.length - 1) : (at + by + matches.length) % matches.length;
    setAt(to);
    return matches[to];
  };
  return { matches, at, current: matches[at], step };
}
