import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import "./rows.css";

export interface Column<T> {
  name: string;
  title: ComponentChildren;
  width: string; // of a grid track: "120px", "minmax(0, 2fr)"
  cell: (row: T) => ComponentChildren;
  sort?: "asc" | "desc" | "none"; // where a list can be sorted by it
  onSort?: () => void;
  narrow?: boolean; // shown on a phone too
  grow?: boolean; // takes the room that a phone leaves; the first that is shown, if none says so
}

interface Props<T> {
  label: string;
  columns: Column<T>[];
  rows: T[];
  identity: (row: T) => string;
  more?: (() => void) | undefined; // asked for when the end comes near
  total?: number; // rows there are, with those that are not here yet
  height?: number; // of a row, in pixels
}

const BEYOND = 12; // rows drawn above and below what is seen
const NEAR = 300; // rows from the end at which more are asked for

/** A table of any length: it draws the rows that are seen, and scrolls with the page. */
export function Rows<T>({
  label,
  columns,
  rows,
  identity,
  more,
  total = rows.length,
  height = 52,
}: Props<T>) {
  const body = useRef<HTMLDivElement>(null);
  const [first, last] = useSeen(body, rows.length, height);
  useEffect(() => {
    if (more && last > rows.length - NEAR) more();
  }, [last, rows.length, more]);

  const tracks = columns.map((column) => column.width).join(" ");
  return (
    <div
      class="rows"
      role="table"
      aria-label={label}
      aria-rowcount={total + 1}
      style={{ "--tracks": tracks, "--few": few(columns), "--height": `${height}px` }}
    >
      <div class="rows-head" role="row">
        {columns.map((column) => (
          <Head key={column.name} column={column} />
        ))}
      </div>
      <div ref={body} role="rowgroup" class="rows-body" style={{ height: `${rows.length * height}px` }}>
        {rows.slice(first, last).map((row, index) => (
          <div
            key={identity(row)}
            class="rows-row"
            role="row"
            aria-rowindex={first + index + 2}
            style={{ transform: `translateY(${(first + index) * height}px)` }}
          >
            {columns.map((column) => (
              <div key={column.name} role="cell" class={shape(column)}>
                {column.cell(row)}
              </div>
            ))}
          </div>
        ))}
      </div>
    </div>
  );
}

const shape = <T,>(column: Column<T>) => `cut ${column.narrow ? "" : "rows-wide"}`;

/** The tracks of the columns that a phone has room for. */
function few<T>(columns: Column<T>[]): string {
  const shown = columns.filter((column) => column.narrow);
  const growing = shown.find((column) => column.grow) ?? shown[0];
  return shown.map((column) => (column === growing ? "minmax(0, 1fr)" : column.width)).join(" ");
}

function Head<T>({ column }: { column: Column<T> }) {
  const sorted = column.sort === "asc" ? "ascending" : column.sort === "desc" ? "descending" : undefined;
  return (
    <div role="columnheader" class={shape(column)} aria-sort={sorted}>
      {column.onSort ? (
        <button type="button" class="rows-sort" onClick={column.onSort}>
          {column.title}
          <span aria-hidden="true">{column.sort === "asc" ? " ↑" : column.sort === "desc" ? " ↓" : ""}</span>
        </button>
      ) : (
        column.title
      )}
    </div>
  );
}

/** Which rows are within the window, with some beyond. */
function useSeen(body: { current: HTMLElement | null }, count: number, height: number): [number, number] {
  const [seen, setSeen] = useState<[number, number]>([0, 60]);
  useEffect(() => {
    let frame = 0;
    const measure = () => {
      frame = 0;
      const top = -(body.current?.getBoundingClientRect().top ?? 0);
      const first = Math.max(0, Math.floor(top / height) - BEYOND);
      const last = Math.ceil((top + innerHeight) / height) + BEYOND;
      setSeen((before) => (before[0] === first && before[1] === last ? before : [first, last]));
    };
    const soon = () => {
      frame ||= requestAnimationFrame(measure);
    };
    measure();
    addEventListener("scroll", soon, { passive: true });
    addEventListener("resize", soon);
    return () => {
      cancelAnimationFrame(frame);
      removeEventListener("scroll", soon);
      removeEventListener("resize", soon);
    };
  }, [count === 0, height]);
  return [Math.min(seen[0], count), Math.min(seen[1], count)];
}
