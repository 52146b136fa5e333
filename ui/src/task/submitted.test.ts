import { expect, test } from "vitest";
import type { HardwareConstraint, Task } from "@/api/types";
import { hardware, lasting, submitted } from "@/task/submitted";

test("what says nothing is left out, and what became of the task too", () => {
  const task = {
    name: "n",
    state: "Success",
    tags: [],
    retrySettings: {},
    snapshotInterval: 0,
    profile: "p",
  };
  expect(
    submitted({ ...task, labels: { a: "b" }, completionTimeToLive: "00:00:00" } as unknown as Task),
  ).toEqual({
    name: "n",
    profile: "p",
    labels: { a: "b" },
  });
});

test("a constraint is told in words, an unknown one by its name", () => {
  const of = (fields: object) => hardware(fields as HardwareConstraint);
  expect(of({ discriminator: "MinimumCoreHardwareConstraint", coreCount: 4 })).toBe("at least 4 cores");
  expect(of({ discriminator: "MoonHardwareConstraint" })).toBe("MoonHardwareConstraint");
});

test("no time is none", () => {
  expect([lasting("00:00:00"), lasting("1.00:00:00"), lasting(undefined)]).toEqual([
    undefined,
    "1.00:00:00",
    undefined,
  ]);
});
