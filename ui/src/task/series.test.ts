import { expect, test } from "vitest";
import type { Metrics } from "@/api/types";
import { measures, together } from "@/task/series";

function curve(instanceId: number, attempt: number, seconds: number[]): Metrics["instances"][number] {
  const flat = seconds.map(() => 0);
  return {
    instanceId,
    attempt,
    time: seconds.map((second) => new Date(second * 1000).toISOString()),
    cpuUsage: seconds.map((second) => second * 10),
    memoryMB: flat,
    networkInKbps: flat,
    networkOutKbps: flat,
    frequencyGHz: flat,
    progress: flat,
  };
}

test("measures of one thing share its moments", () => {
  const drawn = measures(curve(0, 1, [1, 4]), [["cpuUsage", "CPU", "running"]]);
  expect(drawn).toEqual({ times: [1, 4], lines: [{ label: "CPU", tone: "running", values: [10, 40] }] });
});

test("instances that were measured at other moments have gaps", () => {
  const drawn = together([curve(3, 1, [1, 4]), curve(5, 2, [2, 4])], "cpuUsage");
  expect(drawn.times).toEqual([1, 2, 4]);
  expect(drawn.lines.map((line) => [line.label, Array.from(line.values)])).toEqual([
    ["3", [10, undefined, 40]],
    ["5, attempt 2", [undefined, 20, 40]],
  ]);
});
