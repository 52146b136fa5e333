import type { Capacity, Node } from "@/api/types";
import { Empty } from "@/components/empty";
import { Panel } from "@/components/panel";
import { Use } from "@/components/use";
import { to } from "@/route";
import { count, counted } from "@/words/amounts";
import { cores, megabytes } from "@/words/use";
import "./capacity.css";

const MOST = 6; // nodes that are listed

/** What all nodes have and use, and each of them. */
export function CapacityPanel({ capacity, nodes }: { capacity: Capacity; nodes: Node[] }) {
  const here = nodes.filter((node) => node.present);
  return (
    <Panel
      title={`Capacity: ${counted(capacity.nodeCount, "node")}`}
      actions={<a href={to(["nodes"])}>Nodes</a>}
    >
      {here.length ? (
        <div class="stack capacity">
          <Use label="Slots" used={capacity.usedSlots} of={capacity.slots} write={count} />
          <Use label="Cores" used={capacity.usedCores} of={capacity.coreCount} write={cores} />
          <Use label="Memory" used={capacity.usedMemoryMB} of={capacity.memoryMB} write={megabytes} />
          {here.length > 1 && (
            <ul class="capacity-nodes">
              {here.slice(0, MOST).map((node) => (
                <li key={node.uuid}>
                  <a href={to(["nodes", node.name])}>
                    <Use label={node.name} used={node.usedSlots} of={node.slots} write={count} small />
                  </a>
                </li>
              ))}
            </ul>
          )}
        </div>
      ) : (
        <Empty icon="node" title="No node is here">
          Tasks wait until a runner joins.
        </Empty>
      )}
    </Panel>
  );
}
