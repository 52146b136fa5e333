import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Task } from "@/api/types";

/** The task that a page is about, and how to read it anew. */
export interface Shown {
  task: Task;
  reload: () => void;
}

export const Here = createContext<Shown | null>(null);

export function useTask(): Shown {
  const shown = useContext(Here);
  if (!shown) throw new Error("This is not within the page of a task.");
  return shown;
}
