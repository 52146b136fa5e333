import { useEffect, useState } from "preact/hooks";
import { answer, api } from "@/api/client";
import type { Job } from "@/api/types";
import { say } from "@/components/toast";
import { type Asked, filterOf } from "@/jobs/filter";
import { type Resource, useLive } from "@/live/resource";
import { final } from "@/words/states";

export interface Found {
  rows: Job[];
  total: number;
  more: (() => void) | undefined;
}

const PAGE = 100;
const PASSING = ["Terminating", "Deleting"];
const AGAIN_MS = 1500;
const PAUSE_MS = 200; // after the last key, before the server is asked

/** The jobs that are asked for, the newest first. The first page is live; others come as they are needed. */
export function useJobs(asked: Asked): Resource<Found> {
  const key = useSettled(JSON.stringify(filterOf(asked)));
  const first = useLive(
    (signal) => read(key, undefined, signal),
    [key],
    (change) => change.kind !== "task" || change.task.state === "Submitted" || final(change.task.state),
  );
  // No event tells that a job without tasks has gone on: look again while one is about to.
  const passing = first.data?.data.some((job) => PASSING.includes(job.state));
  useEffect(() => {
    if (!passing) return;
    const timer = setTimeout(first.reload, AGAIN_MS);
    return () => clearTimeout(timer);
  }, [first.data]);
  const [later, setLater] = useState<Job[]>([]);
  const [token, setToken] = useState<string>();
  const [reading, setReading] = useState(false);
  useEffect(() => {
    setLater([]);
    setToken(undefined);
  }, [key]);

  const next = token ?? (later.length ? undefined : first.data?.nextToken);
  const more = async () => {
    if (reading || !next) return;
    setReading(true);
    try {
      const page = await read(key, next);
      setLater([...later, ...page.data]);
      setToken(page.nextToken);
    } catch (error) {
      say(String(error), true);
    }
    setReading(false);
  };
  if (!first.data) return { ...first, data: undefined };
  const known = new Set(first.data.data.map((job) => job.uuid));
  const rows = [...first.data.data, ...later.filter((job) => !known.has(job.uuid))];
  return { ...first, data: { rows, total: first.data.total, more: next && !reading ? more : undefined } };
}

function read(filter: string, token?: string, signal?: AbortSignal) {
  const body = {
    filter: JSON.parse(filter),
    token: token ?? null,
    maximumResults: PAGE,
    orderBy: null,
    orderType: null,
  };
  return answer(api.POST("/jobs/paginate", { body, signal }));
}

/** The value, once it has been the same for a moment. */
function useSettled(value: string): string {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}
