import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import type { Line } from "@/components/chart";

export interface Drawn {
  lines: Line[];
  format: (value: number) => string;
  most: number | undefined;
  least: number;
  group: string;
  height: number;
  onCursor: (index: number | null) => void;
}

const HEADROOM = 1.1;

/** Draw lines into an element, in the colours of the page. */
export function draw(into: HTMLElement, drawn: Drawn, data: uPlot.AlignedData): uPlot {
  const look = getComputedStyle(into);
  const colour = (name: string) => look.getPropertyValue(`--${name}`).trim();
  const axis: uPlot.Axis = {
    stroke: colour("soft"),
    font: `12px ${look.fontFamily}`,
    grid: { stroke: colour("line"), width: 1 },
    ticks: { show: false },
  };
  const few = drawn.lines.length <= 3;
  return new uPlot(
    {
      width: into.clientWidth,
      height: drawn.height,
      legend: { show: false },
      cursor: { sync: { key: drawn.group }, y: false, points: { size: 7 } },
      scales: {
        y: { range: (_, __, top) => [0, drawn.most ?? (Math.max(drawn.least, top * HEADROOM) || 1)] },
      },
      axes: [axis, { ...axis, size: 70, values: (_, ticks) => ticks.map((tick) => drawn.format(tick)) }],
      series: [
        {},
        ...drawn.lines.map((line) => ({
          label: line.label,
          stroke: colour(line.tone),
          width: few ? 2 : 1.3,
          points: { show: data[0].length < 3 },
          spanGaps: true,
          ...(drawn.lines.length === 1 && {
            fill: `color-mix(in srgb, ${colour(line.tone)} 12%, transparent)`,
          }),
        })),
      ],
      hooks: { setCursor: [(plot) => drawn.onCursor(plot.cursor.idx ?? null)] },
    },
    data,
    into,
  );
}
