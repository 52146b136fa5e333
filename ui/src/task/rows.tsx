import type { Instance } from "@/api/types";
import { now } from "@/clock";
import { Button } from "@/components/button";
import { Empty } from "@/components/empty";
import { type Column, Rows } from "@/components/rows";
import { State } from "@/components/state";
import { Ago } from "@/components/time";
import { place, to } from "@/route";
import { useRoster } from "@/task/roster";
import { useTask } from "@/task/view";
import { bytes, duration, moment } from "@/words/amounts";

/** The instances of a task as a list: those in `state`, or all. */
export function InstanceRows({ state }: { state: string }) {
  const { task } = useTask();
  const roster = useRoster(task.uuid, state, `${task.lastModified} ${task.status?.lastUpdateTimestamp}`);
  if (!roster.rows)
    return roster.problem ? (
      <Empty icon="alert" title="This could not be read">
        <p>{roster.problem.message}</p>
        <Button icon="retry" onClick={roster.reload}>
          Try again
        </Button>
      </Empty>
    ) : (
      <div class="empty soft" role="status">
        Loading…
      </div>
    );
  const href = (id: number) =>
    to(place.value.path, { ...Object.fromEntries(place.value.query), instance: String(id) });
  return (
    <Rows
      label="Instances"
      columns={columns(href)}
      rows={roster.rows}
      identity={(row) => String(row.instanceId)}
      total={roster.total}
      more={roster.more}
      height={42}
    />
  );
}

function columns(href: (id: number) => string): Column<Instance>[] {
  return [
    {
      name: "id",
      title: "Instance",
      width: "90px",
      narrow: true,
      cell: (row) => (
        <a class="numbers" href={href(row.instanceId)} aria-label={`Instance ${row.instanceId}`}>
          {row.instanceId}
        </a>
      ),
    },
    {
      name: "state",
      title: "State",
      width: "130px",
      narrow: true,
      cell: (row) => <State state={row.state} />,
    },
    {
      name: "attempts",
      title: "Attempts",
      width: "72px",
      cell: (row) => <span class="numbers">{row.executionAttemptCount || ""}</span>,
    },
    { name: "node", title: "Node", width: "minmax(70px, 1fr)", cell: (row) => row.last?.node },
    {
      name: "began",
      title: "Began",
      width: "130px",
      cell: (row) => row.last?.startDate && <Ago date={row.last.startDate} />,
    },
    { name: "took", title: "Took", width: "90px", narrow: true, cell: (row) => <Took row={row} /> },
    {
      name: "memory",
      title: "Peak memory",
      width: "100px",
      cell: (row) => row.last?.peakMemoryMB !== undefined && bytes(row.last.peakMemoryMB * 1e6),
    },
    {
      name: "error",
      title: "Error",
      width: "minmax(90px, 2fr)",
      cell: (row) =>
        row.last?.error && (
          <span title={row.last.error.message}>
            <code>{row.last.error.code}</code> <span class="soft">{row.last.error.message}</span>
          </span>
        ),
    },
  ];
}

/** From its dispatch to its end, or to now. */
function Took({ row: { last, state } }: { row: Instance }) {
  const began = moment(last?.dispatchDate);
  if (!began || state === "Waiting") return null;
  const end = moment(last?.endDate) || now.value;
  return <span class="numbers">{duration(Math.max(0, end - began) / 1000)}</span>;
}
