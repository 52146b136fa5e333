import type { ComponentChildren, RefObject } from "preact";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { width } from "@/words/ansi";
import "./lines.css";

const LINE_PX = 20;
const NEAR_PX = 5 * LINE_PX; // from the end, where one who scrolls down goes on with it: lines come meanwhile
const BEYOND = 20; // lines drawn above and below what is seen

interface Props {
  label: string;
  lines: string[]; // mutable: `stamp` changes with it
  stamp: number;
  dropped: number; // lines that have gone from the start
  longest: number; // characters of the longest line
  wrap: boolean;
  follow: boolean;
  onFollow: (on: boolean) => void;
  goal: { line: number; stamp: number } | undefined; // a line to be shown
  draw: (line: string, index: number) => ComponentChildren;
  children?: ComponentChildren; // what stands where no line is
}

/** Lines of text, any number of them: only those that are seen are drawn. */
export function LinesView(props: Props) {
  const { lines, stamp, dropped, longest, wrap, follow, onFollow, goal, draw } = props;
  const box = useRef<HTMLDivElement>(null);
  const { columns, letter, height } = useMeasures(box);
  const [top, setTop] = useState(0);
  const starts = useStarts(lines, dropped, wrap ? columns : 0, stamp);
  const rows = starts ? (starts[lines.length] ?? 0) : lines.length;
  const lineAt = (row: number) => (starts ? before(starts, row) : row);
  const rowOf = (line: number) => (starts ? (starts[line] ?? 0) : line);

  const byHand = useHand(box);

  const first = Math.max(0, lineAt(Math.floor(top / LINE_PX)) - BEYOND);
  const last = Math.min(lines.length, lineAt(Math.ceil((top + height) / LINE_PX)) + BEYOND + 1);

  useLayoutEffect(() => {
    if (box.current && follow) box.current.scrollTop = rows * LINE_PX;
  }, [rows, follow, height, stamp]);
  useKept(box, dropped, follow);
  useLayoutEffect(() => {
    if (!box.current || !goal) return;
    const at = rowOf(goal.line) * LINE_PX;
    const seen = at >= box.current.scrollTop && at < box.current.scrollTop + height - 2 * LINE_PX;
    if (!seen) box.current.scrollTop = Math.max(0, at - height / 2);
  }, [goal]);

  const scroll = (event: Event) => {
    const element = event.currentTarget as HTMLElement;
    const left = element.scrollHeight - element.scrollTop - element.clientHeight;
    if (byHand()) {
      if (left < NEAR_PX && !follow && element.scrollTop > top) onFollow(true);
      if (left > LINE_PX && element.scrollTop < top) onFollow(false);
    }
    setTop(element.scrollTop);
  };
  const drawn = [];
  for (let at = first; at < last; at += 1) {
    const here = rowOf(at);
    const size = starts ? (starts[at + 1] ?? here + 1) - here : 1;
    drawn.push(
      <div
        key={at + dropped}
        class="lines-line"
        style={{ transform: `translateY(${here * LINE_PX}px)`, height: `${size * LINE_PX}px` }}
      >
        {draw(lines[at] ?? "", at)}
      </div>,
    );
  }
  return (
    <div
      ref={box}
      class={`lines ${wrap ? "lines-wrap" : ""}`}
      role="log"
      aria-label={props.label}
      aria-live="off"
      tabIndex={0}
      onScroll={scroll}
    >
      <span class="lines-letter" aria-hidden="true">
        0000000000
      </span>
      {lines.length === 0 && props.children}
      <div
        class="lines-body"
        style={{
          height: `${rows * LINE_PX}px`,
          minWidth: wrap ? undefined : `${Math.ceil((longest + 1) * letter) + 28}px`,
        }}
      >
        {drawn}
      </div>
    </div>
  );
}

/**
 * The row at which each line begins when rows have `columns` characters, and where the last one ends; null when no
 * line is broken. Only lines that have come since, and the last one, which may have grown, are counted again.
 */
function useStarts(lines: string[], dropped: number, columns: number, stamp: number): number[] | null {
  const known = useRef<{ lines: string[]; dropped: number; columns: number; starts: number[] }>();
  return useMemo(() => {
    if (!columns) return null;
    const old = known.current;
    const same = old?.lines === lines && old.dropped === dropped && old.columns === columns;
    const starts = same ? old.starts : [0];
    for (let at = Math.max(0, starts.length - 2); at < lines.length; at += 1)
      starts[at + 1] = (starts[at] ?? 0) + Math.max(1, Math.ceil(width(lines[at] ?? "") / columns));
    known.current = { lines, dropped, columns, starts };
    return starts;
  }, [columns, stamp, lines, dropped]);
}

/** The line that a row belongs to. */
function before(starts: number[], row: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= row) low = middle;
    else high = middle - 1;
  }
  return low;
}

const HAND_MS = 400; // for so long after it, scrolling is taken for the reader's

/** Tells whether the reader scrolls, and not lines that come. */
function useHand(box: RefObject<HTMLDivElement>): () => boolean {
  const hand = useRef({ at: -HAND_MS, held: false });
  useEffect(() => {
    const element = box.current;
    const moved = () => {
      hand.current.at = performance.now();
    };
    const held = (on: boolean) => () => {
      hand.current.held = on;
      moved();
    };
    const [press, release] = [held(true), held(false)];
    const names = ["wheel", "touchmove", "keydown"] as const;
    for (const name of names) element?.addEventListener(name, moved, { passive: true });
    element?.addEventListener("pointerdown", press); // also on the scroll bar
    addEventListener("pointerup", release);
    addEventListener("pointercancel", release);
    return () => {
      for (const name of names) element?.removeEventListener(name, moved);
      element?.removeEventListener("pointerdown", press);
      removeEventListener("pointerup", release);
      removeEventListener("pointercancel", release);
    };
  }, []);
  return () => hand.current.held || performance.now() - hand.current.at < HAND_MS;
}

/** What is looked at stays where it is when lines go from the start. */
function useKept(box: RefObject<HTMLDivElement>, dropped: number, follow: boolean): void {
  const known = useRef(dropped);
  useLayoutEffect(() => {
    const gone = dropped - known.current;
    known.current = dropped;
    if (gone > 0 && !follow && box.current) box.current.scrollTop -= gone * LINE_PX;
  }, [dropped]);
}

function useMeasures(box: RefObject<HTMLDivElement>): { columns: number; letter: number; height: number } {
  const [measures, setMeasures] = useState({ columns: 80, letter: 8, height: 400 });
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const watch = new ResizeObserver(() => {
      const ruler = element.querySelector(".lines-letter");
      const letter = (ruler?.getBoundingClientRect().width ?? 80) / 10;
      const columns = Math.max(10, Math.floor((element.clientWidth - 28) / letter));
      setMeasures({ columns, letter, height: element.clientHeight });
    });
    watch.observe(element);
    return () => watch.disconnect();
  }, []);
  return measures;
}
