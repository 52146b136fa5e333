import { expect, test } from "vitest";
import type { Attempt, Task } from "@/api/types";
import { story } from "@/task/story";

const at = (second: number) => new Date(Date.UTC(2026, 0, 5, 10, 0, second)).toISOString();
const NEVER = "0001-01-01T00:00:00Z";

function task(fields: Partial<Task>): Task {
  return { creationDate: at(0), endDate: NEVER, stateTransitionTime: at(0), ...fields } as Task;
}
const first = { dispatchDate: at(5), startDate: at(7) } as Attempt;

test("a task that waits has everything ahead", () => {
  const steps = story(task({ state: "Submitted" }), undefined);
  expect(steps.map((one) => [one.title, one.at > 0, one.current])).toEqual([
    ["Submitted", true, true],
    ["Dispatched", false, false],
    ["Executing", false, false],
    ["Uploading", false, false],
    ["End", false, false],
  ]);
});

test("what has been reached tells how long it took", () => {
  const done = { state: "Success", endDate: at(20), previousState: "UploadingResults" };
  const steps = story(task({ ...done, previousStateTransitionTime: at(18) }), first);
  expect(steps.map((one) => [one.title, one.took])).toEqual([
    ["Submitted", 5],
    ["Dispatched", 2],
    ["Executing", 11],
    ["Uploading", 2],
    ["Success", undefined],
  ]);
});

test("what was passed over is not shown when all is over", () => {
  const steps = story(task({ state: "Cancelled", endDate: at(9) }), undefined);
  expect(steps.map((one) => one.title)).toEqual(["Submitted", "Cancelled"]);
});

test("a task that is being stopped says so", () => {
  const steps = story(task({ state: "PendingCancel", stateTransitionTime: at(30) }), first);
  expect(steps.find((one) => one.current)?.title).toBe("Stopping");
});
