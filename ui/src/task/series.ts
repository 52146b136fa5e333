import type { Metrics } from "@/api/types";
import type { Line } from "@/components/chart";

type Columns = Metrics["total"] | Metrics["instances"][number];

/** What is drawn in one chart: the same moments for all lines. */
export interface Drawing {
  times: number[];
  lines: Line[];
}

export type Measure = "cpuUsage" | "memoryMB" | "networkInKbps" | "networkOutKbps" | "progress";

const TONES = ["running", "good", "starting", "ended", "uploading", "bad", "accent", "waiting"];

export const moments = (columns: Columns): number[] => columns.time.map((time) => Date.parse(time) / 1000);

/** Several measures of the same thing. */
export function measures(
  columns: Columns,
  wanted: [measure: Measure, label: string, tone: string][],
): Drawing {
  return {
    times: moments(columns),
    lines: wanted.map(([measure, label, tone]) => ({ label, tone, values: columns[measure] })),
  };
}

/** One measure of several instances, whose moments differ: where one was not measured there is nothing. */
export function together(instances: Metrics["instances"], measure: Measure): Drawing {
  const each = instances.map(moments);
  const times = [...new Set(each.flat())].sort((a, b) => a - b);
  const index = new Map(times.map((time, at) => [time, at]));
  const lines = instances.map((one, nth) => {
    const values: (number | undefined)[] = new Array(times.length);
    for (const [at, time] of (each[nth] ?? []).entries()) values[index.get(time) ?? 0] = one[measure][at];
    return { label: name(one), tone: TONES[nth % TONES.length] ?? "running", values };
  });
  return { times, lines };
}

const name = (one: Metrics["instances"][number]) =>
  one.attempt > 1 ? `${one.instanceId}, attempt ${one.attempt}` : String(one.instanceId);
