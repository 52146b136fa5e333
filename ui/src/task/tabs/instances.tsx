import { useMemo, useState } from "preact/hooks";
import { Button } from "@/components/button";
import { Empty } from "@/components/empty";
import { Heatmap, type Layout } from "@/components/heatmap";
import { Panel } from "@/components/panel";
import { say } from "@/components/toast";
import { place, refine } from "@/route";
import { InstanceDialog } from "@/task/instance";
import {
  cells,
  idAt,
  indexOf,
  PLACES,
  type Place,
  type Places,
  placeOf,
  places,
  TONE,
  WORD,
} from "@/task/places";
import { InstanceRows } from "@/task/rows";
import type { Tab } from "@/task/tabs";
import { useTask } from "@/task/view";
import { count, counted } from "@/words/amounts";
import "./instances.css";

const NEAR = 2000; // instances that a look at a cell of many shows

function Instances() {
  const { task } = useTask();
  const seen = useMemo(() => places(task), [task]);
  const asked = place.value.query.get("instance");
  const opened = asked && indexOf(seen, Number(asked)) >= 0 ? Number(asked) : undefined;
  const wanted = PLACES.find((one) => one === place.value.query.get("state"));
  const [part, setPart] = useState<[from: number, count: number]>();
  const open = (id: number | undefined) => refine({ instance: id === undefined ? undefined : String(id) });
  const total = seen.total;
  const [from, shown] = part ?? [0, total];
  return (
    <>
      <Panel
        title={counted(total, "instance")}
        actions={
          <>
            {part && (
              <Button icon="back" onClick={() => setPart(undefined)}>
                All instances
              </Button>
            )}
            <Jump places={seen} onJump={open} />
          </>
        }
      >
        <div class="stack">
          <Legend places={seen} wanted={wanted} />
          <Overall
            places={seen}
            from={from}
            shown={shown}
            wanted={wanted}
            onOpen={open}
            onPart={(at) =>
              setPart([Math.max(0, Math.min(total - NEAR, at - NEAR / 2)), Math.min(NEAR, total)])
            }
          />
        </div>
      </Panel>
      <Panel flush title={wanted ? `Those ${phrase(wanted)}` : "List"}>
        {wanted && seen.counts[wanted] === 0 ? (
          <Empty
            icon="check"
            title={`No instance ${wanted === "Failure" || wanted === "Success" ? "has" : "is"} ${WORD[wanted]}`}
          >
            <Button onClick={() => refine({ state: undefined })}>Show all</Button>
          </Empty>
        ) : (
          <InstanceRows state={wanted ?? ""} />
        )}
      </Panel>
      {opened !== undefined && (
        <InstanceDialog id={opened} places={seen} onMove={open} onClose={() => open(undefined)} />
      )}
    </>
  );
}

const phrase = (one: Place) =>
  one === "Failure" || one === "Success" ? `that ${WORD[one]}` : `that are ${WORD[one]}`;

/** What the colours mean, how many there are of each, and a choice of one. */
function Legend({ places, wanted }: { places: Places; wanted: Place | undefined }) {
  return (
    <div class="instances-legend" role="group" aria-label="Show only">
      {PLACES.map((one) => (
        <button
          key={one}
          type="button"
          class={`tone-${TONE[one]}`}
          aria-pressed={wanted === one}
          onClick={() => refine({ state: wanted === one ? undefined : one })}
        >
          <span class="instances-dot" aria-hidden="true" />
          {WORD[one]} <strong class="numbers">{count(places.counts[one])}</strong>
        </button>
      ))}
    </div>
  );
}

function Jump({ places, onJump }: { places: Places; onJump: (id: number) => void }) {
  const [typed, setTyped] = useState("");
  return (
    <form
      class="instances-jump"
      onSubmit={(event) => {
        event.preventDefault();
        if (typed && indexOf(places, Number(typed)) >= 0) onJump(Number(typed));
        else say(typed ? `The task has no instance ${typed}.` : "Type the number of an instance.", true);
      }}
    >
      <input
        class="input"
        type="search"
        inputMode="numeric"
        aria-label="Open an instance"
        placeholder="Open by number"
        value={typed}
        onInput={(event) => setTyped(event.currentTarget.value.replace(/\D/g, ""))}
      />
    </form>
  );
}

interface OverallProps {
  places: Places;
  from: number;
  shown: number;
  wanted: Place | undefined;
  onOpen: (id: number) => void;
  onPart: (index: number) => void;
}

function Overall({ places: seen, from, shown, wanted, onOpen, onPart }: OverallProps) {
  const known = useMemo(() => ({ each: 0, sums: [] as Uint32Array[] }), [seen, from, shown]);
  const sums = ({ each }: Layout) => {
    if (known.each !== each) Object.assign(known, { each, sums: cells(seen, from, shown, each) });
    return known.sums;
  };
  const chosen = wanted && PLACES.indexOf(wanted);
  const told = (cell: number, plan: Layout): string => {
    const first = idAt(seen, from + cell * plan.each) ?? 0;
    if (plan.each === 1) return `Instance ${first}: ${WORD[placeOf(seen, first)]}`;
    const last = idAt(seen, Math.min(from + shown, from + (cell + 1) * plan.each) - 1) ?? first;
    const parts = sums(plan)
      .map((sum, index) => [sum[cell] ?? 0, WORD[PLACES[index] as Place]] as const)
      .filter(([many]) => many > 0)
      .map(([many, word]) => `${count(many)} ${word}`);
    return `Instances ${count(first)} to ${count(last)}: ${parts.join(", ")}`;
  };
  const words = PLACES.map((one) => `${count(seen.counts[one])} ${WORD[one]}`).join(", ");
  return (
    <Heatmap
      count={shown}
      label={`${counted(seen.total, "instance")}: ${words}. Arrow keys move, Enter opens.`}
      colours={(plan) => {
        const all = sums(plan);
        return {
          tone: (cell) => {
            const place = PLACES[
              chosen !== undefined && all[chosen]?.[cell] ? chosen : main(all, cell)
            ] as Place;
            return place === "Waiting" && place !== wanted ? "line" : TONE[place];
          },
          bright: (cell) => chosen === undefined || Boolean(all[chosen]?.[cell]),
        };
      }}
      told={told}
      onOpen={(cell, { each }) => {
        const id = idAt(seen, from + cell * each);
        if (each > 1) onPart(from + cell * each);
        else if (id !== undefined) onOpen(id);
      }}
    />
  );
}

/** What a cell of many shows: that something failed in it, else that something runs, else what most are. */
function main(sums: Uint32Array[], cell: number): number {
  if (sums[0]?.[cell]) return 0;
  if (sums[1]?.[cell]) return 1;
  let most = 2;
  for (let index = 3; index < sums.length; index += 1)
    if ((sums[index]?.[cell] ?? 0) > (sums[most]?.[cell] ?? 0)) most = index;
  return most;
}

export const tab: Tab = { name: "instances", title: "Instances", order: 10, view: Instances };
