import type { Task } from "@/api/types";
import type { Share } from "@/components/bar";
import { parse, size } from "@/words/ranges";

/** Instances of a task by what has become of them, in the order in which they go through it. */
export function shares(task: Task): Share[] {
  const succeeded = size(parse(task.status?.succeededRange));
  const failed = size(parse(task.status?.failedOnlyRange));
  const cancelled = size(parse(task.status?.cancelledRange));
  const running = task.runningInstanceCount;
  const waiting = Math.max(0, task.totalInstanceCount - succeeded - failed - cancelled - running);
  return [
    { tone: "good", value: succeeded, label: "succeeded" },
    { tone: "bad", value: failed, label: "failed" },
    { tone: "ended", value: cancelled, label: "cancelled" },
    { tone: "running", value: running, label: "running" },
    { tone: "waiting", value: waiting, label: "waiting" },
  ];
}

/** The same without those that wait: in a bar, they are what is still empty. */
export const begun = (all: Share[]) => all.filter((share) => share.tone !== "waiting");
