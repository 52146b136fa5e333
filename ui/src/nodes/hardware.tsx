import { answer, api } from "@/api/client";
import type { HardwareConstraint } from "@/api/types";
import { Empty, Loaded } from "@/components/empty";
import { Facts } from "@/components/facts";
import { Panel } from "@/components/panel";
import { useResource } from "@/live/resource";
import { kinds } from "@/nodes/catalogue";

const PAGE = 50;

/** What a task may ask of the machines that it runs on. */
export function Hardware() {
  const found = useResource(catalogue, []);
  return (
    <Panel title="What tasks may ask for">
      <Loaded from={found}>
        {(constraints) =>
          constraints.length ? (
            <Facts facts={kinds(constraints).map(([name, values]) => [name, values.join(", ")])} />
          ) : (
            <Empty icon="node" title="No machine has told what it is" />
          )
        }
      </Loaded>
    </Panel>
  );
}

async function catalogue(signal: AbortSignal): Promise<HardwareConstraint[]> {
  const found: HardwareConstraint[] = [];
  for (;;) {
    const query = { limit: [String(PAGE)], offset: [String(found.length)] };
    const page = await answer(api.GET("/hardware-constraints", { params: { query }, signal }));
    found.push(...page.data);
    if (!page.data.length || found.length >= page.total) return found;
  }
}
