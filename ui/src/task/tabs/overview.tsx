import { Bar } from "@/components/bar";
import { Empty } from "@/components/empty";
import { Icon } from "@/components/icon";
import { Panel } from "@/components/panel";
import { Trouble } from "@/components/trouble";
import { useBeat } from "@/live/beat";
import { to } from "@/route";
import { About } from "@/task/about";
import { begun, sharesOf } from "@/task/counters";
import { Hardware } from "@/task/hardware";
import { PLACES, places, TONE, WORD } from "@/task/places";
import { MOST_SHOWN, phased, RunningNow } from "@/task/running";
import type { Tab } from "@/task/tabs";
import { Timeline } from "@/task/timeline";
import { useTask } from "@/task/view";
import { count, counted, duration } from "@/words/amounts";
import { final } from "@/words/states";
import "./overview.css";

const ERRORS_SHOWN = 2;

function Overview() {
  const { task, reload } = useTask();
  const running = task.status?.runningInstancesInfo?.perRunningInstanceInfo ?? [];
  useBeat(reload, running.length > 0 && !final(task.state));
  return (
    <>
      <Panel>
        <div class="stack">
          <Standing />
          <Timeline />
        </div>
      </Panel>
      <Troubles />
      <div class="overview-sides">
        <div class="stack">
          {!final(task.state) && (
            <Panel
              flush={running.length > 0}
              title="Running now"
              actions={
                running.length > MOST_SHOWN && (
                  <a href={to(["tasks", task.uuid, "instances"], { state: "Running" })}>
                    All {count(task.runningInstanceCount)}
                  </a>
                )
              }
            >
              {running.length ? (
                <RunningNow instances={running} />
              ) : (
                <Empty icon="clock" title="Nothing runs at the moment" />
              )}
            </Panel>
          )}
          <Times />
          <Hardware />
          <Conflicts />
        </div>
        <About />
      </div>
    </>
  );
}

/** How far the task is, and why it is not further. */
function Standing() {
  const { task } = useTask();
  const seen = places(task);
  const running = task.status?.runningInstancesInfo?.perRunningInstanceInfo ?? [];
  return (
    <div class="stack">
      <div class="overview-standing">
        <strong class="overview-percent numbers">{percent(task.progress)}</strong>
        <Bar tall shares={begun(sharesOf(seen.counts))} total={task.totalInstanceCount} />
      </div>
      <ul class="overview-counts">
        {PLACES.filter((place) => seen.counts[place] > 0).map((place) => (
          <li key={place}>
            <a class={`tone-${TONE[place]}`} href={to(["tasks", task.uuid, "instances"], { state: place })}>
              <strong class="numbers">{count(seen.counts[place])}</strong> {WORD[place]}
            </a>
            {place === "Running" && <span class="soft small"> {phased(running)}</span>}
          </li>
        ))}
      </ul>
      {task.explanation && !final(task.state) && (
        <p class="overview-why">
          <Icon name="clock" />
          {task.explanation}
        </p>
      )}
    </div>
  );
}

const percent = (value: number) => `${value > 0 && value < 10 ? value.toFixed(1) : Math.floor(value)} %`;

function Troubles() {
  const { task } = useTask();
  if (!task.errors.length) return null;
  return (
    <Panel
      title={counted(task.errors.length, "error")}
      actions={<a href={to(["tasks", task.uuid, "errors"])}>What failed where</a>}
    >
      <div class="stack">
        {task.errors.slice(0, ERRORS_SHOWN).map((error) => (
          <Trouble key={error.code + error.message} error={error} />
        ))}
      </div>
    </Panel>
  );
}

/** What the stages took, summed over the instances. */
function Times() {
  const { status, wallTime } = useTask().task;
  if (!status || !wallTime) return null;
  const tiles: [string, number][] = [
    ["Inputs", status.downloadTimeSec],
    ["Environment", status.environmentTimeSec],
    ["Execution", status.executionTimeSec],
    ["Upload", status.uploadTimeSec],
    ["Wall time", status.wallTimeSec],
  ];
  return (
    <Panel title="Times">
      <dl class="overview-tiles">
        {tiles.map(([name, spent]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd class="numbers">{duration(spent)}</dd>
          </div>
        ))}
      </dl>
      <p class="soft small">Sums over the instances, but for the wall time, which is since the submission.</p>
    </Panel>
  );
}

function Conflicts() {
  const { resultConflicts: found } = useTask().task;
  if (!found?.count) return null;
  return (
    <Panel title="Results that were replaced">
      <div class="stack">
        <p>
          Instances have written results of the same name {counted(found.count, "time")}: the last one is
          kept. Use <code>$&#123;INSTANCE_ID&#125;</code> in names, or a prefix, to keep all.
        </p>
        <ul class="overview-keys">
          {found.keys.map((one) => (
            <li key={one.key}>
              <code>{one.key}</code>{" "}
              <span class="soft small">
                of instance {one.keptInstanceId}, lastly in place of {one.replacedInstanceId}&apos;s
                {one.times > 1 && `, ${count(one.times)} times in all`}
              </span>
            </li>
          ))}
        </ul>
      </div>
    </Panel>
  );
}

export const tab: Tab = { name: "", title: "Overview", order: 0, view: Overview };
