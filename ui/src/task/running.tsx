import type { components } from "@/api/schema";
import { Progress } from "@/components/bar";
import { type Column, Rows } from "@/components/rows";
import { to } from "@/route";
import { useTask } from "@/task/view";
import { bytes, count, duration } from "@/words/amounts";
import type { Tone } from "@/words/states";
import "./running.css";

type Running = components["schemas"]["RunningInstance"];

export const MOST_SHOWN = 50;

const PHASES: Record<string, [string, Tone]> = {
  leased: ["Dispatched", "starting"],
  download: ["Inputs", "starting"],
  environment: ["Environment", "starting"],
  execution: ["Executing", "running"],
  upload: ["Uploading", "uploading"],
};

/** How many of those that run are in which phase; nothing when all execute. */
export function phased(instances: Running[]): string {
  const counts = new Map<string, number>();
  for (const { phase } of instances) {
    const word = (PHASES[phase]?.[0] ?? phase).toLowerCase();
    counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  if (counts.size < 2) return "";
  return [...counts].map(([word, many]) => `${count(many)} ${word}`).join(", ");
}

/** What runs now, and what it uses. */
export function RunningNow({ instances }: { instances: Running[] }) {
  const { task } = useTask();
  return (
    <Rows
      label="Running instances"
      columns={columns(task.uuid)}
      rows={instances.slice(0, MOST_SHOWN)}
      identity={(one) => String(one.instanceId)}
      height={40}
    />
  );
}

function columns(uuid: string): Column<Running>[] {
  return [
    {
      name: "id",
      title: "Instance",
      width: "70px",
      narrow: true,
      cell: (one) => (
        <a class="numbers" href={to(["tasks", uuid, "instances"], { instance: String(one.instanceId) })}>
          {one.instanceId}
        </a>
      ),
    },
    {
      name: "phase",
      title: "Phase",
      width: "92px",
      narrow: true,
      cell: (one) => {
        const [word, tone] = PHASES[one.phase] ?? [one.phase, "running"];
        return <span class={`running-phase tone-${tone}`}>{word}</span>;
      },
    },
    {
      name: "progress",
      title: "Progress",
      width: "minmax(80px, 1fr)",
      narrow: true,
      cell: (one) => (
        <span class="running-part">
          <Progress value={one.progress ?? 0} label={`Progress of instance ${one.instanceId}`} />
          <span class="numbers small">{Math.round(one.progress ?? 0)} %</span>
        </span>
      ),
    },
    {
      name: "cpu",
      title: "CPU",
      width: "52px",
      cell: (one) => <span class="numbers">{Math.round(one.cpuUsage ?? 0)} %</span>,
    },
    {
      name: "memory",
      title: "Memory",
      width: "76px",
      cell: (one) => (
        <span class="numbers" title={`of ${bytes(one.maxMemoryMB * 1e6)}`}>
          {bytes((one.currentMemoryMB ?? 0) * 1e6)}
        </span>
      ),
    },
    {
      name: "time",
      title: "Runs for",
      width: "84px",
      cell: (one) => <span class="numbers">{duration(one.executionTimeSec)}</span>,
    },
  ];
}
