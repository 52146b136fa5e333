import { expect, test } from "vitest";
import type { Task } from "@/api/types";
import { cells, idAt, indexOf, PLACES, placeOf, places } from "@/task/places";

function task(fields: object, running: number[] = [], total = 20): Task {
  const perRunningInstanceInfo = running.map((instanceId) => ({ instanceId }));
  const status = { ...fields, runningInstancesInfo: { perRunningInstanceInfo } };
  return { totalInstanceCount: total, status } as unknown as Task;
}

test("every instance is in one place", () => {
  const seen = places(
    task({ succeededRange: "0-3", failedOnlyRange: "4", cancelledRange: "18-19" }, [6, 5, 4]),
  );
  expect(seen.counts).toEqual({ Failure: 1, Running: 2, Success: 4, Cancelled: 2, Waiting: 11 });
  expect([0, 4, 5, 7, 19].map((id) => placeOf(seen, id))).toEqual([
    "Success",
    "Failure",
    "Running",
    "Waiting",
    "Cancelled",
  ]);
});

test("of very many that run, those that have begun and not ended run", () => {
  const many = Array.from({ length: 1000 }, (_, n) => n);
  const seen = places(
    task({ startedOnceRange: "0-4999", succeededRange: "10-19", failedOnlyRange: "30" }, many, 1e6),
  );
  expect(seen.counts.Running).toBe(5000 - 11);
  expect(seen.of.Running).toEqual([
    [0, 9],
    [20, 29],
    [31, 4999],
  ]);
});

test("ids that are chosen have places of their own", () => {
  const seen = places({ ...task({ succeededRange: "3,7" }), advancedRanges: "3,7-9" } as Task);
  expect(seen.total).toBe(4);
  expect([0, 1, 3, 4].map((index) => idAt(seen, index))).toEqual([3, 7, 9, undefined]);
  expect([3, 8, 4].map((id) => indexOf(seen, id))).toEqual([0, 2, -1]);
  const sums = cells(seen, 0, 4, 1);
  expect([...(sums[PLACES.indexOf("Success")] ?? [])]).toEqual([1, 1, 0, 0]);
});

test("cells of many instances count them, also from the middle on", () => {
  const seen = places(task({ succeededRange: "0-11", failedOnlyRange: "12" }));
  const named = (from: number, count: number, each: number) =>
    Object.fromEntries(cells(seen, from, count, each).map((sums, n) => [PLACES[n], [...sums]]));
  expect(named(0, 20, 8)).toMatchObject({ Success: [8, 4, 0], Failure: [0, 1, 0], Waiting: [0, 3, 4] });
  expect(named(10, 4, 1)).toMatchObject({ Success: [1, 1, 0, 0], Failure: [0, 0, 1, 0] });
});

test("a million instances in a hundred thousand pieces take no time to speak of", () => {
  const pieces = Array.from({ length: 100_000 }, (_, n) => `${n * 10}-${n * 10 + 4}`).join(",");
  const seen = places(task({ succeededRange: pieces }, [], 1_000_000));
  const sums = cells(seen, 0, 1_000_000, 100);
  expect(sums[PLACES.indexOf("Success")]?.every((count) => count === 50)).toBe(true);
});
