import type { ComponentChildren } from "preact";
import type { Node } from "@/api/types";
import { Empty, Loaded } from "@/components/empty";
import { Icon } from "@/components/icon";
import { Panel } from "@/components/panel";
import { Ago } from "@/components/time";
import { HOUR_MS, HOURS } from "@/dashboard/history";
import { tasksIn } from "@/dashboard/tasks";
import { useLive } from "@/live/resource";
import { to } from "@/route";
import { count } from "@/words/amounts";
import "./problems.css";

const MOST = 5;
const yesterday = () => new Date(Date.now() - HOURS * HOUR_MS);

/** What someone should look at: tasks that failed in the last day, and nodes that went silent. */
export function Problems({ nodes }: { nodes: Node[] }) {
  const failed = useLive(
    (signal) => tasksIn({ states: ["Failure"], since: yesterday, most: MOST }, signal),
    [],
    (change) => change.kind !== "task" || change.task.state === "Failure",
  );
  const silent = nodes.filter((node) => !node.present);
  return (
    <Panel title="To look at">
      <Loaded from={failed}>
        {({ tasks, total }) =>
          tasks.length || silent.length ? (
            <ul class="problems">
              {silent.map((node) => (
                <Problem
                  key={node.uuid}
                  href={to(["nodes", node.name])}
                  name={node.name}
                  date={node.lastHeard}
                >
                  This node is silent since then.
                </Problem>
              ))}
              {tasks.map((task) => (
                <Problem
                  key={task.uuid}
                  href={to(["tasks", task.uuid, "errors"])}
                  name={task.name}
                  date={task.endDate}
                >
                  {task.errors[0]?.message ?? "It failed."}
                </Problem>
              ))}
              {total > MOST && (
                <li class="problems-more">
                  <a href={to(["tasks"], { state: "Failure" })}>All {count(total)} that failed</a>
                </li>
              )}
            </ul>
          ) : (
            <Empty icon="check" title="Nothing went wrong in the last day" />
          )
        }
      </Loaded>
    </Panel>
  );
}

interface ProblemProps {
  href: string;
  name: string;
  date: string;
  children: ComponentChildren;
}

function Problem({ href, name, date, children }: ProblemProps) {
  return (
    <li>
      <Icon name="alert" />
      <div>
        <div class="problems-name">
          <a class="cut" {...{ href }} title={name}>
            {name}
          </a>
          <span class="soft small">
            <Ago {...{ date }} />
          </span>
        </div>
        <p class="soft small">{children}</p>
      </div>
    </li>
  );
}
