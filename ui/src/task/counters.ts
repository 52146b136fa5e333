import type { Task } from "@/api/types";
import type { Share } from "@/components/bar";
import { type Place, TONE, WORD } from "@/task/places";
import { parse, size } from "@/words/ranges";

const ORDER: Place[] = ["Success", "Failure", "Cancelled", "Running", "Waiting"];

/** Instances by where they are, as the shares of a bar: what is over comes first. */
export const sharesOf = (counts: Record<Place, number>): Share[] =>
  ORDER.map((place) => ({ tone: TONE[place], value: counts[place], label: WORD[place] }));

/** The same of a task, by its counters alone. */
export function shares(task: Task): Share[] {
  const Success = size(parse(task.status?.succeededRange));
  const Failure = size(parse(task.status?.failedOnlyRange));
  const Cancelled = size(parse(task.status?.cancelledRange));
  const Running = task.runningInstanceCount;
  const Waiting = Math.max(0, task.totalInstanceCount - Success - Failure - Cancelled - Running);
  return sharesOf({ Success, Failure, Cancelled, Running, Waiting });
}

/** The same without those that wait: in a bar, they are what is still empty. */
export const begun = (all: Share[]) => all.filter((share) => share.tone !== "waiting");
