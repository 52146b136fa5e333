import { effect, signal } from "@preact/signals";
import type { TaskEvent } from "@/api/types";
import { listen } from "@/live/stream";
import { account } from "@/session";

/** What may become of a task; `ready` says that everything may have changed: read again what is shown. */
export type Change =
  | { kind: "ready" }
  | { kind: "task"; task: TaskEvent }
  | { kind: "deleted"; uuid: string };

type Listener = (change: Change) => void;

const listeners = new Set<Listener>();

/** Whether changes arrive as they happen. */
export const live = signal(false);

/** Hear of every change of the account's tasks. Returns what ends it. */
export function subscribe(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function tell(name: string, data: unknown): void {
  const change =
    name === "task"
      ? ({ kind: "task", task: data as TaskEvent } as const)
      : name === "deleted"
        ? ({ kind: "deleted", uuid: (data as { uuid: string }).uuid } as const)
        : ({ kind: "ready" } as const);
  for (const listener of listeners) listener(change);
}

// One stream for the page, from the sign-in to the sign-out.
effect(() => {
  if (!account.value) return;
  return listen("/events", ["ready", "task", "deleted"], tell, (open) => {
    live.value = open;
  });
});
