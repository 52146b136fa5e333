import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { answer, api, Problem } from "@/api/client";
import type { Instance } from "@/api/types";

const PAGE = 500;

/** Instances as far as they were read, in the order of their ids. */
export interface Roster {
  rows: Instance[] | undefined;
  total: number;
  problem: Problem | undefined;
  more: (() => void) | undefined;
  reload: () => void;
}

type Read = { of: string; rows: Instance[]; total: number; next: string | undefined };

/** The instances of a task in one state, or in any; the first of them are read again when `stamp` changes. */
export function useRoster(uuid: string, state: string, stamp: unknown): Roster {
  const of = `${uuid} ${state}`;
  const [read, setRead] = useState<Read>();
  const [problem, setProblem] = useState<Problem>();
  const [turn, setTurn] = useState(0);
  const busy = useRef(false);
  const shown = read?.of === of ? read : undefined;

  const page = useCallback(
    (token: string | undefined, signal?: AbortSignal) => {
      const query = {
        limit: [String(PAGE)],
        ...(state && { state: [state] }),
        ...(token && { token: [token] }),
      };
      const params = { path: { id: uuid }, query };
      return answer(api.GET("/tasks/{id}/instances", { params, signal }));
    },
    [of],
  );
  useEffect(() => {
    const control = new AbortController();
    page(undefined, control.signal).then(
      (first) => {
        setProblem(undefined);
        setRead((before) => {
          const last = first.data.at(-1)?.instanceId ?? -1;
          const later = before?.of === of && first.nextToken ? before : undefined;
          const rest = later?.rows.filter((row) => row.instanceId > last) ?? [];
          const next = rest.length ? later?.next : first.nextToken;
          return { of, rows: [...first.data, ...rest], total: first.total, next };
        });
      },
      (error) => {
        if (!control.signal.aborted)
          setProblem(error instanceof Problem ? error : new Problem(String(error), 0));
      },
    );
    return () => control.abort();
  }, [of, stamp, turn]);

  const more = () => {
    if (busy.current || !shown?.next) return;
    busy.current = true;
    page(shown.next)
      .then((next) =>
        setRead((before) =>
          before?.of === of
            ? { of, rows: [...before.rows, ...next.data], total: next.total, next: next.nextToken }
            : before,
        ),
      )
      .catch(() => undefined) // it is asked for again when one scrolls
      .finally(() => {
        busy.current = false;
      });
  };
  return {
    rows: shown?.rows,
    total: shown?.total ?? 0,
    problem,
    more: shown?.next ? more : undefined,
    reload: () => setTurn((n) => n + 1),
  };
}
