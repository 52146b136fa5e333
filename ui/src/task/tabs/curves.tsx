import { useMemo } from "preact/hooks";
import { answer, api } from "@/api/client";
import type { Metrics } from "@/api/types";
import { Chart } from "@/components/chart";
import { Empty, Loaded } from "@/components/empty";
import { Choice } from "@/components/field";
import { Panel } from "@/components/panel";
import { useBeat } from "@/live/beat";
import { useResource } from "@/live/resource";
import { place, refine } from "@/route";
import { type Drawing, type Measure, measures, together } from "@/task/series";
import type { Tab } from "@/task/tabs";
import { useTask } from "@/task/view";
import { bytes } from "@/words/amounts";
import { final } from "@/words/states";

const EACH = "each";
const MOST_LINES = 20;

const percent = (value: number) => `${value < 10 && value % 1 ? value.toFixed(1) : Math.round(value)} %`;
const memory = (value: number) => bytes(value * 1e6);
const speed = (value: number) => `${bytes((value * 1000) / 8)}/s`;

function Curves() {
  const { task } = useTask();
  const wanted = place.value.query.get("instance") ?? "";
  const one = wanted && wanted !== EACH ? wanted : undefined;
  const found = useResource(
    (signal) =>
      answer(
        api.GET("/tasks/{id}/metrics", {
          params: { path: { id: task.uuid }, query: one ? { instanceId: [one] } : {} },
          signal,
        }),
      ),
    [task.uuid, one],
    task.state,
  );
  useBeat(found.reload, !final(task.state) && task.runningInstanceCount > 0);
  return (
    <Panel
      title="What the instances use"
      actions={
        <Choice
          aria-label="Whose curves"
          value={wanted}
          options={options(found.data, one)}
          change={(instance) => refine({ instance })}
        />
      }
    >
      <Loaded from={found}>{(metrics) => <Charts metrics={metrics} wanted={wanted} />}</Loaded>
    </Panel>
  );
}

function options(metrics: Metrics | undefined, one: string | undefined) {
  const ids = new Set(metrics?.instances.map((instance) => String(instance.instanceId)));
  if (one) ids.add(one);
  const sorted = [...ids].sort((a, b) => Number(a) - Number(b));
  return [
    { value: "", label: "All instances together" },
    { value: EACH, label: "Each instance" },
    ...sorted.map((id) => ({ value: id, label: `Instance ${id}` })),
  ];
}

function Charts({ metrics, wanted }: { metrics: Metrics; wanted: string }) {
  const { task } = useTask();
  const drawn = useMemo(() => drawings(metrics, wanted), [metrics, wanted]);
  if (!drawn.cpu.times.length)
    return (
      <Empty icon="clock" title={final(task.state) ? "Nothing was measured" : "Nothing was measured yet"}>
        Instances are measured from about a second after they have begun, then every few seconds. Very short
        ones are not.
      </Empty>
    );
  const group = `${task.uuid} ${wanted}`;
  return (
    <div class="grid" style={{ "--least": "400px", "--gap": "28px" }}>
      <Chart title="CPU, in cores" group={group} format={cores} least={10} {...drawn.cpu} />
      <Chart title="Memory" group={group} format={memory} least={10} {...drawn.memory} />
      <Chart title="Network" group={group} format={speed} least={80} {...drawn.network} />
      <Chart title="Progress" group={group} format={percent} most={100} {...drawn.progress} />
    </div>
  );
}

const cores = (value: number) => (value / 100).toFixed(value < 1000 ? 2 : 1).replace(/\.00$/, "");

function drawings(
  metrics: Metrics,
  wanted: string,
): Record<"cpu" | "memory" | "network" | "progress", Drawing> {
  if (wanted === EACH) {
    const some = metrics.instances.slice(0, MOST_LINES);
    const of = (measure: Measure) => together(some, measure);
    return {
      cpu: of("cpuUsage"),
      memory: of("memoryMB"),
      network: of("networkInKbps"),
      progress: of("progress"),
    };
  }
  // An instance that was tried again has a curve for each attempt: the last one tells what is now.
  const columns = wanted ? (metrics.instances.at(-1) ?? metrics.total) : metrics.total;
  return {
    cpu: measures(columns, [["cpuUsage", "Used", "running"]]),
    memory: measures(columns, [["memoryMB", "Used", "starting"]]),
    network: measures(columns, [
      ["networkInKbps", "In", "good"],
      ["networkOutKbps", "Out", "ended"],
    ]),
    progress: measures(columns, [["progress", wanted ? "Done" : "Average", "uploading"]]),
  };
}

export const tab: Tab = { name: "curves", title: "Curves", order: 30, view: Curves };
