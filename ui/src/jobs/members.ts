import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { answer, api } from "@/api/client";
import type { Task, TaskEvent } from "@/api/types";
import type { Share } from "@/components/bar";
import { type Change, subscribe } from "@/live/feed";
import { type Resource, useResource } from "@/live/resource";
import { shares } from "@/task/counters";
import { moment, seconds } from "@/words/amounts";
import { final } from "@/words/states";

/** A task of a job, with what the feed has told since it was read. */
export interface Member {
  uuid: string;
  name: string;
  state: string;
  shares: Share[];
  total: number;
  seconds: number; // that its instances have executed, together
  created: number;
  ended: number;
  after: { uuid: string; states: string[] }[];
  problem: string | undefined;
}

const PATIENCE = 6; // times as long as a reading took is waited before the next
const LEAST_MS = 400;

/** The tasks of a job, the oldest first. Small changes are taken from the feed; new tasks make it read again. */
export function useMembers(job: string): Resource<Member[]> {
  const took = useRef(0);
  const read = useResource(
    async (signal) => {
      const begun = performance.now();
      const tasks = await answer(api.GET("/jobs/{id}/tasks", { params: { path: { id: job } }, signal }));
      took.current = performance.now() - begun;
      return tasks.map(member).reverse();
    },
    [job],
  );
  const [told, setTold] = useState(new Map<string, TaskEvent>());
  const known = useRef(new Map<string, string>()); // states of ours, and "" for tasks of others
  known.current = noted(known.current, read.data);
  useEffect(() => setTold(new Map()), [read.data]);

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let gathered: TaskEvent[] = [];
    let frame = 0;
    const again = () => {
      timer ??= setTimeout(
        () => {
          timer = undefined;
          read.reload();
        },
        Math.max(LEAST_MS, took.current * PATIENCE),
      );
    };
    const show = () => {
      frame = 0;
      const news = gathered;
      gathered = [];
      setTold(
        (before) => new Map([...before, ...news.map((task): [string, TaskEvent] => [task.uuid, task])]),
      );
    };
    const hear = (change: Change) => {
      if (change.kind === "ready") return again();
      if (change.kind === "deleted") return known.current.get(change.uuid) ? again() : undefined;
      const before = known.current.get(change.task.uuid);
      if (before === undefined) {
        known.current.set(change.task.uuid, "");
        return again();
      }
      if (!before) return;
      gathered.push(change.task);
      frame ||= requestAnimationFrame(show);
      if (before !== change.task.state && final(change.task.state)) again();
    };
    const undo = subscribe(hear);
    return () => {
      undo();
      clearTimeout(timer);
      cancelAnimationFrame(frame);
    };
  }, [job]);

  const data = useMemo(() => read.data?.map((one) => renewed(one, told.get(one.uuid))), [read.data, told]);
  return { ...read, data };
}

function noted(before: Map<string, string>, members: Member[] | undefined): Map<string, string> {
  for (const one of members ?? []) before.set(one.uuid, one.state);
  return before;
}

function member(task: Task): Member {
  const { dependencies } = task;
  const plain = (dependencies?.dependsOn ?? []).map((uuid) => ({ uuid, states: [] }));
  const advanced = (dependencies?.advancedDependsOn ?? []).map((one) => ({
    uuid: one.taskUuid,
    states: one.taskFinalStateCondition ?? [],
  }));
  return {
    uuid: task.uuid,
    name: task.name,
    state: task.state,
    shares: shares(task),
    total: task.totalInstanceCount,
    seconds: seconds(task.executionTime),
    created: moment(task.creationDate),
    ended: moment(task.endDate),
    after: advanced.length ? advanced : plain,
    problem: task.errors[0]?.message,
  };
}

/** What the feed tells later wins. */
function renewed(one: Member, event: TaskEvent | undefined): Member {
  if (!event) return one;
  return {
    ...one,
    state: event.state,
    ended: moment(event.endDate),
    shares: [
      { tone: "good", value: event.succeeded, label: "succeeded" },
      { tone: "bad", value: event.failed, label: "failed" },
      { tone: "ended", value: event.cancelled, label: "cancelled" },
      { tone: "running", value: event.executing + event.uploading, label: "running" },
      { tone: "waiting", value: event.waiting + event.dispatched, label: "waiting" },
    ],
  };
}
