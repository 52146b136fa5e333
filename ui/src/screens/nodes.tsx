import { answer, api } from "@/api/client";
import type { Node } from "@/api/types";
import { Empty, Loaded } from "@/components/empty";
import { Head } from "@/components/head";
import { Panel } from "@/components/panel";
import { type Column, Rows } from "@/components/rows";
import { Ago } from "@/components/time";
import { Use } from "@/components/use";
import { useSampled } from "@/live/sample";
import { Hardware } from "@/nodes/hardware";
import { Presence } from "@/nodes/presence";
import { to } from "@/route";
import type { Screen } from "@/screens";
import { count, counted } from "@/words/amounts";
import { cores, megabytes } from "@/words/use";
import "./nodes.css";

const columns: Column<Node>[] = [
  {
    name: "name",
    title: "Node",
    width: "minmax(0, 1.4fr)",
    narrow: true,
    grow: true,
    cell: (node) => (
      <>
        <a href={to(["nodes", node.name])}>{node.name}</a>
        <div class="soft small cut" title={node.cpuModel}>
          {node.cpuModel || "CPU unknown"}
        </div>
      </>
    ),
  },
  {
    name: "presence",
    title: "State",
    width: "100px",
    narrow: true,
    cell: (node) => <Presence node={node} />,
  },
  {
    name: "slots",
    title: "Slots",
    width: "minmax(110px, 1fr)",
    cell: (node) => <Use small bare label="Slots" used={node.usedSlots} of={node.slots} write={count} />,
  },
  {
    name: "cores",
    title: "Cores",
    width: "minmax(110px, 1fr)",
    cell: (node) => <Use small bare label="Cores" used={node.usedCores} of={node.coreCount} write={cores} />,
  },
  {
    name: "memory",
    title: "Memory",
    width: "minmax(150px, 1.2fr)",
    cell: (node) => (
      <Use small bare label="Memory" used={node.usedMemoryMB} of={node.memoryMB} write={megabytes} />
    ),
  },
  {
    name: "runtime",
    title: "Runtime",
    width: "90px",
    cell: (node) => <span title={node.runtimeNote}>{node.runtime}</span>,
  },
  { name: "heard", title: "Last heard", width: "120px", cell: (node) => <Ago date={node.lastHeard} /> },
];

function Nodes() {
  const found = useSampled(async (signal) => {
    const [nodes, capacity] = await Promise.all([
      answer(api.GET("/nodes", { signal })),
      answer(api.GET("/capacity", { signal })),
    ]);
    return { nodes, capacity };
  }, []);
  const total = found.data?.capacity.nodeCount;
  return (
    <>
      <Head
        title="Nodes"
        beside={total !== undefined && <span class="soft">{counted(total, "node")} here</span>}
      >
        <p class="soft">The machines that run instances, and how busy they are with the work of everyone.</p>
      </Head>
      <Loaded from={found}>
        {({ nodes, capacity }) => (
          <>
            {capacity.nodeCount > 1 && (
              <Panel title="All together">
                <div class="grid nodes-all">
                  <Use label="Slots" used={capacity.usedSlots} of={capacity.slots} write={count} />
                  <Use label="Cores" used={capacity.usedCores} of={capacity.coreCount} write={cores} />
                  <Use label="Memory" used={capacity.usedMemoryMB} of={capacity.memoryMB} write={megabytes} />
                </div>
              </Panel>
            )}
            <Panel flush>
              {nodes.length ? (
                <Rows
                  label="Nodes"
                  columns={columns}
                  rows={nodes}
                  identity={(node) => node.uuid}
                  height={64}
                />
              ) : (
                <Empty icon="node" title="No node has joined yet">
                  <p>
                    <code>stoke serve</code> starts a runner on its own machine; <code>stoke runner</code>{" "}
                    adds others.
                  </p>
                </Empty>
              )}
            </Panel>
          </>
        )}
      </Loaded>
      <Hardware />
    </>
  );
}

export const screen: Screen = {
  path: "/nodes",
  title: "Nodes",
  icon: "node",
  order: 60,
  key: "m",
  view: Nodes,
};
