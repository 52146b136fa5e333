import { answer, api } from "@/api/client";
import type { Task } from "@/api/types";

const EXECUTING = ["PartiallyExecuting", "FullyExecuting", "UploadingResults", "PendingCancel"];
const STARTING = ["PartiallyDispatched", "FullyDispatched"];

export interface Some {
  tasks: Task[];
  total: number;
}

interface Wanted {
  states: string[];
  since?: () => Date; // of their end
  oldest?: boolean; // first
  most: number;
}

/** Some of the tasks that run, those that execute before those that start. */
export async function running(most: number, signal: AbortSignal): Promise<Some> {
  const [first, then] = await Promise.all([
    tasksIn({ states: EXECUTING, most }, signal),
    tasksIn({ states: STARTING, most }, signal),
  ]);
  const seen = new Set(first.tasks.map((task) => task.uuid)); // one may have gone on between the readings
  const tasks = [...first.tasks, ...then.tasks.filter((task) => !seen.has(task.uuid))];
  return { tasks: tasks.slice(0, most), total: first.total + then.total };
}

/** Some of the tasks in certain states, and how many there are. */

export async function tasksIn(wanted: Wanted, signal?: AbortSignal): Promise<Some> {
  const filters: object[] = [{ field: "State", operator: "In", values: wanted.states }];
  if (wanted.since)
    filters.push({ field: "EndDate", operator: "GreaterThanOrEqual", value: wanted.since().toISOString() });
  const body = {
    filter: { operator: "And", filters },
    maximumResults: wanted.most,
    orderBy: "creationDate",
    orderType: wanted.oldest ? ("ASC" as const) : ("DESC" as const),
    token: null,
  };
  const page = await answer(api.POST("/tasks/paginate", { body, signal }));
  return { tasks: page.data, total: page.total };
}
