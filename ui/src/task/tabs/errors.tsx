import type { Instance, TaskError } from "@/api/types";
import { Empty } from "@/components/empty";
import { Panel } from "@/components/panel";
import { Trouble } from "@/components/trouble";
import { to } from "@/route";
import { places } from "@/task/places";
import { useRoster } from "@/task/roster";
import type { Tab } from "@/task/tabs";
import { useTask } from "@/task/view";
import { count, counted } from "@/words/amounts";
import { final } from "@/words/states";
import "./errors.css";

const SHOWN = 60; // instances listed for one error

interface Group {
  error: TaskError;
  instances: number[];
}

function Errors() {
  const { task } = useTask();
  const failed = places(task).counts.Failure;
  const roster = useRoster(task.uuid, "Failure", failed);
  const rows = failed ? (roster.rows ?? []) : [];
  const found = groups(task.errors, rows);
  if (!found.length)
    return (
      <Panel>
        <Empty
          icon="check"
          title={final(task.state) ? "Nothing went wrong" : "Nothing has gone wrong so far"}
        />
      </Panel>
    );
  return (
    <>
      {found.map(({ error, instances }) => (
        <Panel key={error.code + error.message}>
          <div class="stack">
            <Trouble error={error} />
            {instances.length > 0 ? (
              <div class="stack errors-where">
                <h2>{counted(instances.length, "instance")}</h2>
                <Ids uuid={task.uuid} ids={instances} />
              </div>
            ) : (
              <p class="soft small">
                It concerns the task as a whole{rows.length < failed ? ", or instances not listed here" : ""}.
              </p>
            )}
          </div>
        </Panel>
      ))}
      {rows.length < failed && roster.rows && (
        <p class="soft small">
          Of {counted(failed, "failed instance")}, the first {count(rows.length)} are grouped here.{" "}
          <a href={to(["tasks", task.uuid, "instances"], { state: "Failure" })}>All of them</a>
        </p>
      )}
    </>
  );
}

function Ids({ uuid, ids }: { uuid: string; ids: number[] }) {
  return (
    <ul class="errors-ids">
      {ids.slice(0, SHOWN).map((id) => (
        <li key={id}>
          <a
            href={to(["tasks", uuid, "instances"], { state: "Failure", instance: String(id) })}
            aria-label={`Instance ${id}`}
          >
            {id}
          </a>
        </li>
      ))}
      {ids.length > SHOWN && (
        <li>
          <a href={to(["tasks", uuid, "instances"], { state: "Failure" })}>
            and {count(ids.length - SHOWN)} more
          </a>
        </li>
      )}
    </ul>
  );
}

/** Errors of the same code and words with the instances that they ended. */
function groups(errors: TaskError[], rows: Instance[]): Group[] {
  const found = new Map<string, Group>();
  const of = (error: TaskError): Group => {
    const key = `${error.code} ${error.message}`;
    const known = found.get(key) ?? { error, instances: [] };
    found.set(key, known);
    return known;
  };
  for (const error of errors) of(error);
  for (const row of rows) if (row.last?.error) of(row.last.error).instances.push(row.instanceId);
  return [...found.values()].sort((a, b) => b.instances.length - a.instances.length);
}

export const tab: Tab = { name: "errors", title: "Errors", order: 60, view: Errors };
