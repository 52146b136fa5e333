import { Facts } from "@/components/facts";
import { Panel } from "@/components/panel";
import { useTask } from "@/task/view";
import { duration } from "@/words/amounts";

/** What executed the instances, and for how long. */
export function Hardware() {
  const { status } = useTask().task;
  if (!status?.executionTimeByCpuModel.length) return null;
  const clock = new Map(status.executionTimeGhzByCpuModel.map((one) => [one.model, one.timeGhz]));
  return (
    <Panel title="Where it was executed">
      <Facts
        facts={[
          ...status.executionTimeByMachineSpecification.map((one): [string, string] => [
            `Machine ${one.specificationKey}`,
            duration(one.time),
          ]),
          ...status.executionTimeByCpuModel.map((one): [string, string] => [
            one.model,
            `${duration(one.time)}${gigahertz(clock.get(one.model))}`,
          ]),
        ]}
      />
    </Panel>
  );
}

const gigahertz = (value: number | undefined) => (value ? `, ${value.toFixed(1)} GHz·s` : "");
