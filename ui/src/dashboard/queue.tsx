import { answer, api } from "@/api/client";
import type { Task } from "@/api/types";
import { Empty, Loaded } from "@/components/empty";
import { Panel } from "@/components/panel";
import { Ago } from "@/components/time";
import { tasksIn } from "@/dashboard/tasks";
import { useLive } from "@/live/resource";
import { to } from "@/route";
import { count, counted } from "@/words/amounts";
import { final } from "@/words/states";
import "./queue.css";

const MOST = 5;

interface Waiting {
  task: Task;
  reason: string;
}

/** The tasks that wait, the oldest first, and why. */
export function Queue() {
  const queue = useLive(
    read,
    [],
    (change) => change.kind !== "task" || change.task.state === "Submitted" || final(change.task.state),
  );
  const total = queue.data?.total ?? 0;
  return (
    <Panel
      title={total ? `Waiting: ${counted(total, "task")}` : "Waiting"}
      actions={total > MOST && <a href={to(["tasks"], { state: "Queued" })}>All {count(total)}</a>}
    >
      <Loaded from={queue}>
        {({ waiting }) =>
          waiting.length ? (
            <ul class="queue">
              {waiting.map(({ task, reason }) => (
                <li key={task.uuid}>
                  <div class="row spread">
                    <a class="cut" href={to(["tasks", task.uuid])} title={task.name}>
                      {task.name}
                    </a>
                    <span class="soft small">
                      {counted(task.totalInstanceCount, "instance")}, <Ago date={task.creationDate} />
                    </span>
                  </div>
                  <p class="soft small">{reason}</p>
                </li>
              ))}
            </ul>
          ) : (
            <Empty icon="check" title="No task waits" />
          )
        }
      </Loaded>
    </Panel>
  );
}

async function read(signal: AbortSignal): Promise<{ waiting: Waiting[]; total: number }> {
  const { tasks, total } = await tasksIn({ states: ["Submitted"], oldest: true, most: MOST }, signal);
  const waiting = await Promise.all(
    tasks.map(async (task) => ({ task, reason: await explained(task.uuid, signal) })),
  );
  return { waiting, total };
}

/** Nothing, when the task has gone on meanwhile. */
async function explained(id: string, signal: AbortSignal): Promise<string> {
  const asked = api.GET("/tasks/{id}/explanation", { params: { path: { id } }, signal });
  return answer(asked).then(
    (found) => found.explanation,
    () => "",
  );
}
