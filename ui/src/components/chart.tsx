import { useEffect, useRef, useState } from "preact/hooks";
import type uPlot from "uplot";
import { theme } from "@/theme";
import "./chart.css";

export interface Line {
  label: string;
  tone: string; // the name of a token
  values: (number | null | undefined)[];
}

interface Props {
  title: string;
  times: number[]; // seconds since 1970
  lines: Line[];
  format: (value: number) => string;
  most?: number; // where the scale ends, when that is known
  least?: number; // where it ends at least
  group: string; // of charts whose cursors move together
}

const HEIGHT = 190;

/** Lines over time. The library that draws them is fetched when the first one is shown. */
export function Chart({ title, times, lines, format, most, least = 0, group }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const [at, setAt] = useState<number | null>(null);
  const data = [times, ...lines.map((line) => line.values)] as uPlot.AlignedData;
  const latest = useRef(data);
  latest.current = data;
  const shape = `${lines.map((line) => line.label + line.tone).join()} ${theme.value}`;

  useEffect(() => {
    let gone = false;
    const watch = new ResizeObserver(([entry]) =>
      plot.current?.setSize({ width: Math.floor(entry?.contentRect.width ?? 0), height: HEIGHT }),
    );
    import("@/components/plot").then(({ draw }) => {
      if (gone || !box.current) return;
      plot.current = draw(
        box.current,
        { lines, format, most, least, group, height: HEIGHT, onCursor: setAt },
        latest.current,
      );
      watch.observe(box.current);
    });
    return () => {
      gone = true;
      watch.disconnect();
      plot.current?.destroy();
      plot.current = null;
    };
  }, [shape, group]);
  useEffect(() => plot.current?.setData(latest.current), [times, lines]);

  const index = at ?? times.length - 1;
  const words = lines
    .map((line) => `${line.label}: ${told(line, times.length - 1, format)} lastly`)
    .join(", ");
  return (
    <figure class="chart">
      <figcaption>
        <h3>{title}</h3>
        <span class="chart-legend">
          {lines.slice(0, 6).map((line) => (
            <span key={line.label}>
              <span class="chart-key" style={{ background: `var(--${line.tone})` }} aria-hidden="true" />
              {line.label} <strong class="numbers">{told(line, index, format)}</strong>
            </span>
          ))}
          {lines.length > 6 && <span class="soft">and {lines.length - 6} more</span>}
        </span>
      </figcaption>
      <div ref={box} class="chart-plot" role="img" aria-label={`${title}. ${words}`} />
    </figure>
  );
}

function told(line: Line, index: number, format: (value: number) => string): string {
  for (let at = index; at >= 0; at -= 1) {
    const value = line.values[at];
    if (value !== null && value !== undefined) return format(value);
  }
  return "";
}
