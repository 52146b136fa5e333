import { expect, test } from "vitest";
import { HOUR_MS, HOURS, hours } from "@/dashboard/history";

const now = 500_000 * HOUR_MS + 20 * 60_000;
const ended = (hoursAgo: number, state: string) => ({
  uuid: `${hoursAgo}`,
  state,
  at: now - hoursAgo * HOUR_MS,
});

test("there is a place for each hour of the last day, the current one last", () => {
  const found = hours([ended(0, "Success"), ended(0, "Failure"), ended(1, "Success")], now);
  expect(found).toHaveLength(HOURS);
  expect(found.at(-1)).toEqual({ from: 500_000 * HOUR_MS, good: 1, bad: 1, ended: 0 });
  expect(found.at(-2)).toMatchObject({ good: 1, bad: 0 });
});

test("what is older is left out", () => {
  const found = hours([ended(25, "Success"), ended(3, "Cancelled")], now);
  expect(found.filter((hour) => hour.good + hour.bad + hour.ended > 0)).toEqual([
    { from: 499_997 * HOUR_MS, good: 0, bad: 0, ended: 1 },
  ]);
});
