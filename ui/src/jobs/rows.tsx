import { useMemo } from "preact/hooks";
import { Bar } from "@/components/bar";
import { type Column, Rows } from "@/components/rows";
import { State } from "@/components/state";
import { Ago } from "@/components/time";
import type { Member } from "@/jobs/members";
import { to } from "@/route";
import { begun } from "@/task/counters";
import { duration } from "@/words/amounts";

/** The tasks of a job as a table: the graph in words. `all` are those whose names may be needed. */
export function MemberRows({ tasks, all, linked }: { tasks: Member[]; all: Member[]; linked: boolean }) {
  const names = useMemo(() => new Map(all.map((one) => [one.uuid, one.name])), [all]);
  const columns: Column<Member>[] = [
    {
      name: "name",
      title: "Name",
      width: "minmax(0, 2fr)",
      grow: true,
      narrow: true,
      cell: (task) => (
        <a href={to(["tasks", task.uuid])} title={task.problem ?? task.name}>
          {task.name}
        </a>
      ),
    },
    {
      name: "state",
      title: "State",
      width: "168px",
      narrow: true,
      cell: (task) => <State state={task.state} />,
    },
    {
      name: "instances",
      title: "Instances",
      width: "minmax(90px, 1fr)",
      cell: (task) => <Bar shares={begun(task.shares)} total={task.total} />,
    },
    {
      name: "executed",
      title: "Executed",
      width: "90px",
      cell: (task) => <span class="numbers">{task.seconds ? duration(task.seconds) : ""}</span>,
    },
    { name: "created", title: "Created", width: "130px", cell: (task) => <Ago date={dated(task.created)} /> },
  ];
  if (linked)
    columns.splice(2, 0, {
      name: "after",
      title: "Waits for",
      width: "minmax(0, 1.5fr)",
      cell: (task) => <After task={task} names={names} />,
    });
  return <Rows label="Tasks" columns={columns} rows={tasks} identity={(task) => task.uuid} height={44} />;
}

function After({ task, names }: { task: Member; names: Map<string, string> }) {
  if (!task.after.length) return <span class="soft">nothing</span>;
  const words = task.after.map((one) => {
    const name = names.get(one.uuid) ?? "a deleted task";
    return one.states.length ? `${name} (${one.states.join(" or ").toLowerCase()})` : name;
  });
  return <span title={words.join(", ")}>{words.join(", ")}</span>;
}

const dated = (at: number) => (at ? new Date(at).toISOString() : "");
