import type { Task, TaskEvent, TaskSummary } from "@/api/types";
import type { Share } from "@/components/bar";
import { shares } from "@/task/counters";

/** A task of the list; what its summary lacks is there once it was seen. */
export type Row = TaskSummary & { tags?: string[]; shares?: Share[] };

/** Fields that a row has beyond its summary, or that change without an event. */
export const SEEN = [
  "state",
  "progress",
  "tags",
  "status",
  "totalInstanceCount",
  "runningInstanceCount",
  "executionTime",
  "wallTime",
  "endDate",
];

/** The row after an event. */
export function changed(row: Row, event: TaskEvent): Row {
  return {
    ...row,
    name: event.name,
    state: event.state,
    progress: event.progress,
    totalInstanceCount: event.totalInstanceCount,
    endDate: event.endDate,
    shares: [
      { tone: "good", value: event.succeeded, label: "succeeded" },
      { tone: "bad", value: event.failed, label: "failed" },
      { tone: "ended", value: event.cancelled, label: "cancelled" },
      { tone: "running", value: event.dispatched + event.executing + event.uploading, label: "running" },
      { tone: "waiting", value: event.waiting, label: "waiting" },
    ],
  };
}

/** The row after a closer look at its task. */
export function looked(row: Row, task: Task): Row {
  const { status: _, ...told } = task;
  return { ...row, ...told, shares: shares(task) };
}

/** How its instances are divided, as far as that is known without a closer look. */
export function divided(row: Row): Share[] {
  if (row.shares) return row.shares;
  const value = row.totalInstanceCount;
  if (row.state === "Success") return [{ tone: "good", value, label: "succeeded" }];
  if (row.state === "Submitted") return [{ tone: "waiting", value, label: "waiting" }];
  return [];
}

/** How many of its instances have ended; undefined while that is not known. */
export function ended(row: Row): number | undefined {
  const known = divided(row);
  if (!known.length) return undefined;
  const over = ["succeeded", "failed", "cancelled"];
  return known.reduce((sum, share) => sum + (over.includes(share.label) ? share.value : 0), 0);
}
