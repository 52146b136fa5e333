import { useEffect, useMemo, useState } from "preact/hooks";
import { answer, api } from "@/api/client";
import { now } from "@/clock";
import { Loaded } from "@/components/empty";
import { Panel } from "@/components/panel";
import { type Ended, HOUR_MS, HOURS, hours, totals } from "@/dashboard/history";
import { Strip } from "@/dashboard/strip";
import { subscribe } from "@/live/feed";
import { useLive } from "@/live/resource";
import { count, moment } from "@/words/amounts";
import { FINAL, final } from "@/words/states";
import "./lately.css";

const PAGE = 100;
const PAGES = 10; // that are read at most

/** What ended in the last day, by the hour. */
export function Lately() {
  const read = useLive(ended, [], () => false);
  const told = useTold(read.data);
  const hour = Math.floor(now.value / HOUR_MS);
  const found = useMemo(() => {
    const all = new Map([...(read.data?.tasks ?? []), ...told].map((one) => [one.uuid, one]));
    return hours(all.values(), Date.now());
  }, [read.data, told, hour]);
  const sum = totals(found);
  return (
    <Panel title="Ended in the last day">
      <Loaded from={read}>
        {({ tasks, total }) => (
          <div class="stack lately">
            <p class="row">
              <Amount tone="good" value={sum.good} word="succeeded" />
              <Amount tone="bad" value={sum.bad} word="failed" />
              <Amount tone="ended" value={sum.ended} word="cancelled" />
              {total > tasks.length && (
                <span class="soft small">
                  of the {count(tasks.length)} newest; {count(total)} in all
                </span>
              )}
            </p>
            <Strip hours={found} />
          </div>
        )}
      </Loaded>
    </Panel>
  );
}

function Amount({ tone, value, word }: { tone: string; value: number; word: string }) {
  return (
    <span class={`lately-amount tone-${tone}`}>
      <strong class="numbers">{count(value)}</strong> {word}
    </span>
  );
}

/** Those that the feed tells of since the list was read. */
function useTold(read: unknown): Ended[] {
  const [told, setTold] = useState<Ended[]>([]);
  useEffect(() => setTold([]), [read]);
  useEffect(() => {
    let gathered: Ended[] = [];
    let frame = 0;
    const show = () => {
      frame = 0;
      const news = gathered;
      gathered = [];
      setTold((before) => [...before, ...news]);
    };
    const undo = subscribe((change) => {
      if (change.kind !== "task" || !final(change.task.state)) return;
      const { uuid, state, endDate } = change.task;
      gathered.push({ uuid, state, at: moment(endDate) });
      frame ||= requestAnimationFrame(show);
    });
    return () => {
      undo();
      cancelAnimationFrame(frame);
    };
  }, []);
  return told;
}

async function ended(signal: AbortSignal): Promise<{ tasks: Ended[]; total: number }> {
  const since = new Date(Date.now() - HOURS * HOUR_MS).toISOString();
  const filter = {
    operator: "And",
    filters: [
      { field: "State", operator: "In", values: FINAL },
      { field: "EndDate", operator: "GreaterThanOrEqual", value: since },
    ],
  };
  const tasks: Ended[] = [];
  let total = 0;
  let token: string | null = null;
  for (let page = 0; page < PAGES; page += 1) {
    const body = { filter, token, maximumResults: PAGE, orderBy: null, orderType: null };
    const some: {
      data: { uuid: string; state: string; endDate: string }[];
      total: number;
      nextToken?: string;
    } = await answer(api.POST("/tasks/summaries/paginate", { body, signal }));
    total = Math.max(total, some.total);
    for (const one of some.data) tasks.push({ uuid: one.uuid, state: one.state, at: moment(one.endDate) });
    token = some.nextToken ?? null;
    if (!token) break;
  }
  return { tasks, total };
}
