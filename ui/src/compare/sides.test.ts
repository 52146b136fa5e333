import { expect, test } from "vitest";
import type { Task } from "@/api/types";
import { compared } from "./sides";

const task = (some: object) =>
  ({
    name: "x",
    profile: "docker-batch",
    state: "Success",
    totalInstanceCount: 4,
    executionTime: "00:00:08",
    errors: [],
    completedInstances: [],
    constants: [],
    hardwareConstraints: [],
    status: { succeededRange: "0-3", executedRange: "0-3" },
    ...some,
  }) as unknown as Task;

const lines = (...tasks: Task[]) =>
  Object.fromEntries(
    compared(tasks).flatMap((group) => group.lines.map((line) => [line.name, line] as const)),
  );

test("what differs is marked, what is the same is not", () => {
  const found = lines(task({}), task({ state: "Failure", status: { failedRange: "2" } }));
  expect(found.State).toEqual({ name: "State", sides: ["Success", "Failure"], differs: true });
  expect(found.Instances).toEqual({ name: "Instances", sides: ["4", "4"], differs: false });
  expect(found.Failed?.sides).toEqual(["", "1"]);
});

test("constants stand by their keys, and those that one lacks differ", () => {
  const one = task({ constants: [{ key: "SEED", value: "1" }] });
  const other = task({
    constants: [
      { key: "A", value: "2" },
      { key: "SEED", value: "1" },
    ],
  });
  const found = lines(one, other);
  expect(found.A).toEqual({ name: "A", sides: ["", "2"], differs: true });
  expect(found.SEED?.differs).toBe(false);
});

test("secrets that all have are not said to be the same or not", () => {
  const constants = [{ key: "QARNOT_SECRET_P", value: "[SECRET]" }];
  expect(lines(task({ constants }), task({ constants })).QARNOT_SECRET_P?.differs).toBe(false);
  expect(lines(task({ constants }), task({})).QARNOT_SECRET_P?.differs).toBe(true);
});

test("the work of an instance is a mean over those that have run", () => {
  expect(lines(task({}), task({}))["Work of an instance, mean"]?.sides).toEqual(["2.0 s", "2.0 s"]);
});

test("what no task says is left out", () => {
  expect(lines(task({}), task({}))["Result bucket"]).toBeUndefined();
});
