import { useState } from "preact/hooks";
import { answer, api } from "@/api/client";
import type { Task } from "@/api/types";
import { compared, type Group } from "@/compare/sides";
import { Bar } from "@/components/bar";
import { ButtonLink } from "@/components/button";
import { Empty, Loaded } from "@/components/empty";
import { Check } from "@/components/field";
import { Head } from "@/components/head";
import { Panel } from "@/components/panel";
import { State } from "@/components/state";
import { useLive } from "@/live/resource";
import { place, to } from "@/route";
import type { Screen } from "@/screens";
import { shares } from "@/task/counters";
import { counted } from "@/words/amounts";
import "./compare.css";

const MOST = 4;

function Compare() {
  const asked = place.value.query.get("tasks") ?? "";
  const ids = [...new Set(asked.split(",").filter(Boolean))].slice(0, MOST);
  const found = useLive<Task[]>(
    (signal) =>
      Promise.all(ids.map((id) => answer(api.GET("/tasks/{id}", { params: { path: { id } }, signal })))),
    [asked],
    (change) => change.kind === "task" && ids.includes(change.task.uuid),
  );
  return (
    <>
      <Head title="Compare" before={{ href: to(["tasks"]), title: "Tasks" }} />
      {ids.length < 2 ? (
        <Empty icon="compare" title="Two to four tasks can be compared">
          <p>Select them in the list, then choose Compare.</p>
          <ButtonLink href={to(["tasks"])}>To the tasks</ButtonLink>
        </Empty>
      ) : (
        <Loaded from={found}>{(tasks) => <Sides tasks={tasks} />}</Loaded>
      )}
    </>
  );
}

function Sides({ tasks }: { tasks: Task[] }) {
  const [only, setOnly] = useState(false);
  const groups = compared(tasks);
  const differing = groups.flatMap((group) => group.lines).filter((line) => line.differs).length;
  return (
    <>
      <div class="row spread">
        <span class="soft" role="status">
          {differing ? counted(differing, "difference") : "No differences"}
        </span>
        <Check label="Differences only" checked={only} change={setOnly} />
      </div>
      <Panel flush>
        <div class="compare" tabIndex={0} role="region" aria-label="Comparison">
          <table style={{ "--sides": tasks.length }}>
            <thead>
              <tr>
                <td />
                {tasks.map((task) => (
                  <th key={task.uuid} scope="col">
                    <a href={to(["tasks", task.uuid])}>{task.name}</a>
                    <span class="row spread">
                      <State state={task.state} />
                      <span class="soft mono">{task.uuid.slice(0, 8)}</span>
                    </span>
                    <Bar shares={shares(task)} total={task.totalInstanceCount} />
                  </th>
                ))}
              </tr>
            </thead>
            {groups.map((group) => (
              <Lines key={group.title} group={group} only={only} sides={tasks.length} />
            ))}
          </table>
        </div>
      </Panel>
    </>
  );
}

function Lines({ group, only, sides }: { group: Group; only: boolean; sides: number }) {
  const lines = only ? group.lines.filter((line) => line.differs) : group.lines;
  if (!lines.length) return null;
  return (
    <tbody>
      <tr>
        <th class="compare-group" scope="rowgroup" colSpan={sides + 1}>
          {group.title}
        </th>
      </tr>
      {lines.map((line) => (
        <tr key={line.name} class={line.differs ? "compare-differs" : ""}>
          <th scope="row">
            {line.name}
            {line.differs && <span class="unseen"> (differs)</span>}
          </th>
          {line.sides.map((side, index) => (
            <td key={index}>{side || <span class="soft">none</span>}</td>
          ))}
        </tr>
      ))}
    </tbody>
  );
}

export const screen: Screen = { path: "/compare", title: "Compare", view: Compare };
