import { answer, api } from "@/api/client";
import { type Ended, HOUR_MS, HOURS } from "@/dashboard/history";
import { moment } from "@/words/amounts";
import { FINAL } from "@/words/states";

const PAGE = 100;
const PAGES = 5; // of each state that are read at most

/** What ended in the last day: how many in each state, and the newest of them. */
export interface Day {
  tasks: Ended[];
  totals: Record<string, number>;
  whole: boolean;
}

export async function lastDay(signal: AbortSignal): Promise<Day> {
  const read = await Promise.all(FINAL.map((state) => inState(state, signal)));
  const tasks = read.flatMap((one) => one.tasks);
  const totals = Object.fromEntries(FINAL.map((state, index) => [state, read[index]?.total ?? 0]));
  return { tasks, totals, whole: read.every((one) => one.tasks.length >= one.total) };
}

async function inState(state: string, signal: AbortSignal): Promise<{ tasks: Ended[]; total: number }> {
  const since = new Date(Date.now() - HOURS * HOUR_MS).toISOString();
  const filter = {
    operator: "And",
    filters: [
      { field: "State", operator: "Equal", value: state },
      { field: "EndDate", operator: "GreaterThanOrEqual", value: since },
    ],
  };
  const tasks: Ended[] = [];
  let total = 0;
  let token: string | null = null;
  for (let page = 0; page < PAGES; page += 1) {
    const some: Page = await next(filter, token, signal);
    total = some.total;
    for (const one of some.data) tasks.push({ uuid: one.uuid, state: one.state, at: moment(one.endDate) });
    token = some.nextToken ?? null;
    if (!token) break;
  }
  return { tasks, total };
}

interface Page {
  data: { uuid: string; state: string; endDate: string }[];
  total: number;
  nextToken?: string;
}

function next(filter: object, token: string | null, signal: AbortSignal): Promise<Page> {
  const body = { filter, token, maximumResults: PAGE, orderBy: null, orderType: null };
  return answer(api.POST("/tasks/summaries/paginate", { body, signal }));
}
