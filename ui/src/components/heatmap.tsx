import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { theme } from "@/theme";
import "./heatmap.css";

const LARGEST = 24; // pixels of a cell with its gap
const SMALLEST = 5;
const HIGHEST = 380; // pixels of the whole

/** How cells are laid out: `each` instances to a cell when there is no room for one each. */
export interface Layout {
  columns: number;
  cell: number;
  each: number;
  height: number;
}

export function layout(count: number, width: number): Layout {
  const made = (cell: number, each: number): Layout => {
    const columns = Math.max(1, Math.floor(width / cell));
    return { columns, cell, each, height: Math.max(1, Math.ceil(count / each / columns)) * cell };
  };
  for (let cell = LARGEST; cell > SMALLEST; cell -= 1) {
    const tried = made(cell, 1);
    if (tried.height <= HIGHEST) return tried;
  }
  const room = Math.max(1, Math.floor(width / SMALLEST)) * Math.floor(HIGHEST / SMALLEST);
  return made(SMALLEST, Math.ceil(count / room));
}

interface Props {
  count: number; // of instances
  label: string;
  colours: (layout: Layout) => Painted;
  told: (cell: number, layout: Layout) => string;
  onOpen: (cell: number, layout: Layout) => void;
}

/** The colour of each cell, as the name of a token, and whether it is one of those looked for. */
export interface Painted {
  tone: (cell: number) => string;
  bright: (cell: number) => boolean;
}

/** Many small squares. The arrow keys move over them, and Enter opens one. */
export function Heatmap({ count, label, colours, told, onOpen }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const [width, setWidth] = useState(0);
  const [at, setAt] = useState<number | null>(null); // under the pointer, or reached by keys
  const [focused, setFocused] = useState(false);
  const plan = layout(count, width || 600);
  const cells = Math.ceil(count / plan.each);

  useEffect(() => {
    const watch = new ResizeObserver(([entry]) => setWidth(Math.floor(entry?.contentRect.width ?? 0)));
    if (box.current) watch.observe(box.current);
    return () => watch.disconnect();
  }, []);
  useLayoutEffect(() => {
    if (canvas.current && width) paint(canvas.current, width, plan, cells, colours(plan), at);
  });

  const under = (event: PointerEvent | MouseEvent): number | null => {
    const { left, top } = (canvas.current as HTMLCanvasElement).getBoundingClientRect();
    const column = Math.floor((event.clientX - left) / plan.cell);
    const cell = Math.floor((event.clientY - top) / plan.cell) * plan.columns + column;
    return column >= 0 && column < plan.columns && cell >= 0 && cell < cells ? cell : null;
  };
  const press = (event: KeyboardEvent) => {
    const from = at ?? 0;
    const by: Record<string, number> = {
      ArrowLeft: from - 1,
      ArrowRight: from + 1,
      ArrowUp: from - plan.columns,
      ArrowDown: from + plan.columns,
      Home: 0,
      End: cells - 1,
    };
    const to = by[event.key];
    if (to !== undefined) setAt(at === null ? 0 : Math.min(cells - 1, Math.max(0, to)));
    else if ((event.key === "Enter" || event.key === " ") && at !== null) onOpen(at, plan);
    else return;
    event.preventDefault();
  };
  const words = at !== null && at < cells ? told(at, plan) : "";
  return (
    <div
      ref={box}
      class="heatmap"
      role="application"
      aria-roledescription="map of instances"
      aria-label={label}
      tabIndex={0}
      onKeyDown={press}
      onFocus={() => setFocused(true)}
      onBlur={() => {
        setFocused(false);
        setAt(null);
      }}
    >
      <canvas
        ref={canvas}
        style={{ height: `${plan.height}px` }}
        onPointerMove={(event) => setAt(under(event))}
        onPointerLeave={() => setAt(null)}
        onClick={(event) => {
          const cell = under(event);
          if (cell !== null) onOpen(cell, plan);
        }}
      />
      <p class="unseen" aria-live="polite">
        {focused && words}
      </p>
      {at !== null && words && (
        <p class="heatmap-tip" aria-hidden="true" style={tip(at, plan, width)}>
          {words}
        </p>
      )}
    </div>
  );
}

function tip(at: number, { columns, cell }: Layout, width: number) {
  const left = (at % columns) * cell;
  const top = `${(Math.floor(at / columns) + 1) * cell + 4}px`;
  return left < width / 2 ? { top, left: `${left}px` } : { top, right: `${width - left - cell}px` };
}

function paint(
  canvas: HTMLCanvasElement,
  width: number,
  { columns, cell, height }: Layout,
  cells: number,
  { tone, bright }: Painted,
  at: number | null,
): void {
  const scale = devicePixelRatio || 1;
  canvas.width = width * scale;
  canvas.height = height * scale;
  const context = canvas.getContext("2d");
  if (!context) return;
  context.scale(scale, scale);
  const look = getComputedStyle(canvas);
  const known = new Map<string, string>();
  const colour = (name: string) => {
    const found = known.get(name) ?? look.getPropertyValue(`--${name}`);
    known.set(name, found);
    return found;
  };
  void theme.value; // painted again when it changes
  const gap = cell > 12 ? 3 : cell > 7 ? 2 : 1;
  const square = cell - gap;
  const round = Math.min(4, square / 4);
  for (let index = 0; index < cells; index += 1) {
    const x = (index % columns) * cell;
    const y = Math.floor(index / columns) * cell;
    context.globalAlpha = bright(index) ? 1 : 0.16;
    context.fillStyle = colour(tone(index));
    if (round < 2) context.fillRect(x, y, square, square);
    else {
      context.beginPath();
      context.roundRect(x, y, square, square, round);
      context.fill();
    }
  }
  if (at === null || at >= cells) return;
  context.globalAlpha = 1;
  context.lineWidth = 2;
  context.strokeStyle = colour("ink");
  context.strokeRect((at % columns) * cell, Math.floor(at / columns) * cell, square, square);
}
