import { useEffect, useMemo, useState } from "preact/hooks";
import { now } from "@/clock";
import { Loaded } from "@/components/empty";
import { Panel } from "@/components/panel";
import { type Ended, HOUR_MS, hours } from "@/dashboard/history";
import { lastDay } from "@/dashboard/reading";
import { Strip } from "@/dashboard/strip";
import { subscribe } from "@/live/feed";
import { useLive } from "@/live/resource";
import { count, moment } from "@/words/amounts";
import { final } from "@/words/states";
import "./lately.css";

/** What ended in the last day, by the hour. */
export function Lately() {
  const read = useLive(lastDay, [], () => false);
  const told = useTold(read.data);
  const hour = Math.floor(now.value / HOUR_MS);
  const known = useMemo(() => new Map(read.data?.tasks.map((one) => [one.uuid, one])), [read.data]);
  const fresh = useMemo(
    () => [...new Map(told.map((one) => [one.uuid, one])).values()].filter((one) => !known.has(one.uuid)),
    [known, told],
  );
  const found = useMemo(() => hours([...known.values(), ...fresh], Date.now()), [known, fresh, hour]);
  return (
    <Panel title="Ended in the last day">
      <Loaded from={read}>
        {({ totals, whole }) => (
          <div class="stack lately">
            <p class="row">
              {KINDS.map(([state, tone, word]) => (
                <Amount
                  key={state}
                  {...{ tone, word }}
                  value={(totals[state] ?? 0) + fresh.filter((one) => one.state === state).length}
                />
              ))}
            </p>
            <Strip hours={found} />
            {!whole && (
              <p class="soft small">There are more than the chart has room for: it has the newest.</p>
            )}
          </div>
        )}
      </Loaded>
    </Panel>
  );
}

const KINDS = [
  ["Success", "good", "succeeded"],
  ["Failure", "bad", "failed"],
  ["Cancelled", "ended", "cancelled"],
] as const;

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
