import type { Attempt, Task } from "@/api/types";
import { moment } from "@/words/amounts";
import { final, type Tone, tone } from "@/words/states";

/** A step in the life of a task. `at` is 0 while it has not been reached. */
export interface Step {
  title: string;
  at: number;
  tone: Tone;
  current: boolean; // it goes on
  took: number | undefined; // seconds until the next one, if there is one
}

/**
 * What became of a task, step by step: what the task tells, and the first attempt at its first instance, which is the
 * first that was ever handed out.
 */
export function story(task: Task, first: Attempt | undefined): Step[] {
  const over = final(task.state);
  const ended = moment(task.endDate);
  const steps: [string, Tone, number][] = [
    ["Submitted", "waiting", moment(task.creationDate)],
    ["Dispatched", "starting", moment(first?.dispatchDate)],
    ["Executing", "running", moment(first?.startDate)],
    ["Uploading", "uploading", uploading(task)],
  ];
  if (task.state === "PendingCancel" || task.state === "PendingDelete")
    steps.push(["Stopping", "ended", moment(task.stateTransitionTime)]);
  const last: [string, Tone, number] = over ? [task.state, tone(task.state), ended] : ["End", "waiting", 0];
  const seen = [...steps, last].filter(([, , at]) => !over || at > 0);
  const reached = seen.filter(([, , at]) => at > 0).sort((a, b) => a[2] - b[2]);
  const ahead = seen.filter(([, , at]) => at === 0);
  return [...reached, ...ahead].map(([title, kind, at], index) => ({
    title,
    tone: kind,
    at,
    current: !over && index === reached.length - 1,
    took: at && reached[index + 1] ? ((reached[index + 1]?.[2] ?? at) - at) / 1000 : undefined,
  }));
}

/** When the last instances began to store their results, as far as it is still known. */
function uploading(task: Task): number {
  if (task.state === "UploadingResults") return moment(task.stateTransitionTime);
  if (task.previousState === "UploadingResults") return moment(task.previousStateTransitionTime);
  return 0;
}
