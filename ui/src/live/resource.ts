import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { Problem } from "@/api/client";
import { type Change, subscribe } from "@/live/feed";

/** Something that is read from the server: what was read last, and what went wrong since. */
export interface Resource<T> {
  data: T | undefined;
  problem: Problem | undefined;
  loading: boolean;
  reload: () => void;
}

type Load<T> = (signal: AbortSignal) => Promise<T>;

const AGAIN_MS = 3000; // after a failure that may pass
const PAUSE_MS = 400; // between readings that changes asked for

/**
 * Read on arrival, when `deps` change, on `reload`, and after a failure that may pass. When `stamp` changes it is read
 * again as well, and what was read before is shown until then.
 */
export function useResource<T>(load: Load<T>, deps: unknown[], stamp?: unknown): Resource<T> {
  const [state, setState] = useState<Omit<Resource<T>, "reload">>({
    data: undefined,
    problem: undefined,
    loading: true,
  });
  const [turn, setTurn] = useState(0);
  const reload = useCallback(() => setTurn((n) => n + 1), []);

  // What was read for other `deps` is not shown for these.
  useEffect(() => setState({ data: undefined, problem: undefined, loading: true }), deps);

  useEffect(() => {
    const control = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    load(control.signal).then(
      (data) => control.signal.aborted || setState({ data, problem: undefined, loading: false }),
      (error) => {
        if (control.signal.aborted) return;
        const problem = error instanceof Problem ? error : new Problem(String(error), 0);
        setState((before) => ({ ...before, problem, loading: false }));
        if (problem.status === 0 || problem.status >= 500) timer = setTimeout(reload, AGAIN_MS);
      },
    );
    return () => {
      control.abort();
      clearTimeout(timer);
    };
  }, [...deps, turn, stamp]);

  return { ...state, reload };
}

/** The same, read again when a change of the account's tasks is `ours`; at most every 400 ms. */
export function useLive<T>(load: Load<T>, deps: unknown[], ours: (change: Change) => boolean): Resource<T> {
  const resource = useResource(load, deps);
  const judge = useRef(ours);
  judge.current = ours;

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const undo = subscribe((change) => {
      if (timer || !(change.kind === "ready" || judge.current(change))) return;
      timer = setTimeout(() => {
        timer = undefined;
        resource.reload();
      }, PAUSE_MS);
    });
    return () => {
      undo();
      clearTimeout(timer);
    };
  }, deps);

  return resource;
}
