import type { Task } from "@/api/types";
import { Bar } from "@/components/bar";
import { Elapsed } from "@/components/elapsed";
import { Empty, Loaded } from "@/components/empty";
import { Panel } from "@/components/panel";
import { State } from "@/components/state";
import { running } from "@/dashboard/tasks";
import { useLive } from "@/live/resource";
import { to } from "@/route";
import { begun, shares } from "@/task/counters";
import { count, counted, seconds } from "@/words/amounts";
import "./running.css";

const MOST = 8;

/** The tasks that run now. */
export function Running() {
  const found = useLive(
    (signal) => running(MOST, signal),
    [],
    () => true,
  );
  const total = found.data?.total ?? 0;
  return (
    <Panel
      title={total ? `Running: ${counted(total, "task")}` : "Running"}
      actions={total > MOST && <a href={to(["tasks"], { state: "Running" })}>All {count(total)}</a>}
    >
      <Loaded from={found}>
        {({ tasks }) =>
          tasks.length ? (
            <ul class="running">
              {tasks.map((task) => (
                <RunningTask key={task.uuid} task={task} />
              ))}
            </ul>
          ) : (
            <Empty icon="clock" title="Nothing runs now" />
          )
        }
      </Loaded>
    </Panel>
  );
}

function RunningTask({ task }: { task: Task }) {
  const parts = shares(task);
  const ended = parts.slice(0, 3).reduce((sum, share) => sum + share.value, 0);
  return (
    <li>
      <a class="cut" href={to(["tasks", task.uuid])} title={task.name}>
        {task.name}
      </a>
      <State state={task.state} />
      <span class="running-time soft small" title="Since it was submitted">
        <Elapsed seconds={seconds(task.wallTime)} />
      </span>
      <Bar shares={begun(parts)} total={task.totalInstanceCount} />
      <span class="soft small numbers running-count">
        {count(ended)} of {counted(task.totalInstanceCount, "instance")}
      </span>
    </li>
  );
}
