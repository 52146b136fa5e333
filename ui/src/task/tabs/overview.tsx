import { Bar } from "@/components/bar";
import { Panel } from "@/components/panel";
import { shares } from "@/task/counters";
import type { Tab } from "@/task/tabs";
import { useTask } from "@/task/view";

function Overview() {
  const { task } = useTask();
  return (
    <Panel title="Instances">
      <Bar tall shares={shares(task)} total={task.totalInstanceCount} />
    </Panel>
  );
}

export const tab: Tab = { name: "", title: "Overview", order: 0, view: Overview };
