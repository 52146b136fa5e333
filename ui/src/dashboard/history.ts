/** A task that ended. */
export interface Ended {
  uuid: string;
  state: string;
  at: number; // milliseconds
}

/** What ended within one hour. */
export interface Hour {
  from: number;
  good: number;
  bad: number;
  ended: number;
}

export const HOUR_MS = 3_600_000;
export const HOURS = 24;

/** The last day by the hour, the current one last. */
export function hours(tasks: Iterable<Ended>, now: number): Hour[] {
  const last = Math.floor(now / HOUR_MS) * HOUR_MS;
  const first = last - (HOURS - 1) * HOUR_MS;
  const found: Hour[] = Array.from({ length: HOURS }, (_, index) => ({
    from: first + index * HOUR_MS,
    good: 0,
    bad: 0,
    ended: 0,
  }));
  for (const task of tasks) {
    const hour = found[Math.floor((task.at - first) / HOUR_MS)];
    if (hour) hour[kind(task.state)] += 1;
  }
  return found;
}

const kind = (state: string) => (state === "Success" ? "good" : state === "Failure" ? "bad" : "ended");
