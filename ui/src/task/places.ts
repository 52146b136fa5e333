import type { Task } from "@/api/types";
import { has, parse, type Ranges, size } from "@/words/ranges";
import type { Tone } from "@/words/states";

/** Where an instance is, as `GET /tasks/{id}/instances` names it. */
export const PLACES = ["Failure", "Running", "Success", "Cancelled", "Waiting"] as const;
export type Place = (typeof PLACES)[number];

export const TONE: Record<Place, Tone> = {
  Failure: "bad",
  Running: "running",
  Success: "good",
  Cancelled: "ended",
  Waiting: "waiting",
};

export const WORD: Record<Place, string> = {
  Failure: "failed",
  Running: "running",
  Success: "succeeded",
  Cancelled: "cancelled",
  Waiting: "waiting",
};

/** The instances of a task and where each is, without a row for any of them. */
export interface Places {
  ids: Ranges;
  begins: number[]; // how many ids come before each range of them
  total: number;
  of: Record<Exclude<Place, "Waiting">, Ranges>;
  counts: Record<Place, number>;
}

const LISTED = 1000; // running instances that the answer about a task lists

export function places(task: Task): Places {
  const { status } = task;
  const ids = idsOf(task);
  const begins: number[] = [];
  let total = 0;
  for (const [first, last] of ids) {
    begins.push(total);
    total += last - first + 1;
  }
  const of = {
    Failure: parse(status?.failedOnlyRange),
    Success: parse(status?.succeededRange),
    Cancelled: parse(status?.cancelledRange),
    Running: [] as Ranges,
  };
  const over = joined(of.Failure, of.Success, of.Cancelled);
  of.Running = minus(runningOf(task), over);
  const counts = {
    Failure: size(of.Failure),
    Running: size(of.Running),
    Success: size(of.Success),
    Cancelled: size(of.Cancelled),
    Waiting: 0,
  };
  counts.Waiting = Math.max(0, total - counts.Failure - counts.Running - counts.Success - counts.Cancelled);
  return { ids, begins, total, of, counts };
}

export const idsOf = (task: Task): Ranges =>
  task.advancedRanges ? parse(task.advancedRanges) : [[0, task.totalInstanceCount - 1]];

/** Those that run: as listed, or, when they are too many to be listed, all that have ever begun. */
function runningOf(task: Task): Ranges {
  const listed = task.status?.runningInstancesInfo?.perRunningInstanceInfo ?? [];
  if (listed.length >= LISTED) return parse(task.status?.startedOnceRange);
  return listed.map((one): [number, number] => [one.instanceId, one.instanceId]).sort(([a], [b]) => a - b);
}

export function placeOf(places: Places, id: number): Place {
  return PLACES.find((place) => place !== "Waiting" && has(places.of[place], id)) ?? "Waiting";
}

function joined(...many: Ranges[]): Ranges {
  return many.flat().sort(([a], [b]) => a - b);
}

function minus(from: Ranges, taken: Ranges): Ranges {
  const left: Ranges = [];
  let at = 0;
  for (const [first, last] of from) {
    let next = first;
    while (at < taken.length && (taken[at]?.[1] ?? 0) < first) at += 1;
    for (let i = at; i < taken.length && (taken[i]?.[0] ?? 0) <= last; i += 1) {
      const [begin, end] = taken[i] as [number, number];
      if (begin > next) left.push([next, begin - 1]);
      next = Math.max(next, end + 1);
    }
    if (next <= last) left.push([next, last]);
  }
  return left;
}

/** The id at a place among all ids in their order; undefined beyond the end. */
export function idAt({ ids, begins, total }: Places, index: number): number | undefined {
  if (index < 0 || index >= total) return undefined;
  const range = reached(begins.length, (n) => (begins[n] ?? 0) <= index);
  return (ids[range]?.[0] ?? 0) + index - (begins[range] ?? 0);
}

/** The place of an id among all ids; -1 when there is no such one. */
export function indexOf({ ids, begins }: Places, id: number): number {
  const range = reached(ids.length, (n) => (ids[n]?.[0] ?? 0) <= id);
  const [first, last] = ids[range] ?? [0, -1];
  return id >= first && id <= last ? (begins[range] ?? 0) + id - first : -1;
}

/** The last of `count` things that is `so`, when the first ones are and the others are not. */
function reached(count: number, so: (n: number) => boolean): number {
  let low = 0;
  let high = count - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (so(middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** How many instances of each place are in each cell of `each` instances, from the one at `from` on. */
export function cells(places: Places, from: number, count: number, each: number): Uint32Array[] {
  const length = Math.ceil(count / each);
  const known = PLACES.map((place) => {
    const sums = new Uint32Array(length);
    if (place !== "Waiting")
      for (const [first, last] of places.of[place]) {
        const begin = indexOf(places, first) - from;
        spread(sums, Math.max(0, begin), Math.min(count - 1, begin + last - first), each);
      }
    return sums;
  });
  const waiting = known[PLACES.indexOf("Waiting")] as Uint32Array;
  for (let cell = 0; cell < length; cell += 1) {
    const here = Math.min(each, count - cell * each);
    waiting[cell] = here - known.reduce((sum, one) => sum + (one[cell] ?? 0), 0);
  }
  return known;
}

function spread(sums: Uint32Array, begin: number, end: number, each: number): void {
  for (let cell = Math.floor(begin / each); cell * each <= end; cell += 1) {
    const first = Math.max(begin, cell * each);
    const last = Math.min(end, (cell + 1) * each - 1);
    sums[cell] = (sums[cell] ?? 0) + last - first + 1;
  }
}
