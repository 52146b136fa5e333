import { answer, api } from "@/api/client";
import type { Node } from "@/api/types";
import { Empty, Loaded } from "@/components/empty";
import { Facts } from "@/components/facts";
import { Head } from "@/components/head";
import { Panel } from "@/components/panel";
import { Ago } from "@/components/time";
import { Use } from "@/components/use";
import { useSampled } from "@/live/sample";
import { NodeInstances } from "@/nodes/instances";
import { Presence } from "@/nodes/presence";
import { to } from "@/route";
import type { Screen } from "@/screens";
import { count, counted } from "@/words/amounts";
import { cores, megabytes } from "@/words/use";
import "./node.css";

function NodePage({ params }: { params: Record<string, string> }) {
  const { name = "" } = params;
  const found = useSampled(
    (signal) => answer(api.GET("/nodes/{name}", { params: { path: { name } }, signal })),
    [name],
  );
  return (
    <Loaded from={found}>
      {(node) => (
        <>
          <Head
            title={node.name}
            before={{ href: to(["nodes"]), title: "Nodes" }}
            beside={<Presence node={node} />}
          >
            <p class="soft">{node.runtimeNote}</p>
          </Head>
          <Panel title="In use">
            <div class="grid node-use">
              <Use label="Slots" used={node.usedSlots} of={node.slots} write={count} />
              <Use label="Cores" used={node.usedCores} of={node.coreCount} write={cores} />
              <Use label="Memory" used={node.usedMemoryMB} of={node.memoryMB} write={megabytes} />
            </div>
          </Panel>
          <Panel title="Your instances here">
            {node.instances.length ? (
              <NodeInstances node={node} />
            ) : (
              <Empty icon="tasks" title="None now">
                {node.runningInstanceCount > 0 &&
                  `It runs ${counted(node.runningInstanceCount, "instance")} of others.`}
              </Empty>
            )}
          </Panel>
          <Panel title="About this node">
            <About node={node} />
          </Panel>
        </>
      )}
    </Loaded>
  );
}

function About({ node }: { node: Node }) {
  return (
    <div class="grid node-about">
      <Facts
        facts={[
          ["CPU", node.cpuModel],
          ["Cores", count(node.coreCount)],
          node.maxFrequencyGHz > 0 && ["Highest clock", `${node.maxFrequencyGHz} GHz`],
          ["Memory", megabytes(node.memoryMB)],
          ["Disk", `${megabytes(node.diskMB)}${node.ssd ? ", SSD" : ""}`],
          ["GPU", node.gpuCount ? `${node.gpuCount} × ${node.gpuModel}` : "none"],
        ]}
      />
      <Facts
        facts={[
          ["Runtime", node.runtime],
          [
            "Each instance",
            `${counted(node.coresPerInstance, "core")}, ${megabytes(node.memoryPerInstanceMB)}`,
          ],
          [
            "Machine",
            <span key="key" class="mono">
              {node.specificationKey}
            </span>,
          ],
          ["Reservation", node.reservationName],
          ["Last heard", <Ago key="heard" date={node.lastHeard} />],
          [
            "UUID",
            <span key="uuid" class="mono">
              {node.uuid}
            </span>,
          ],
        ]}
      />
    </div>
  );
}

export const screen: Screen = { path: "/nodes/:name", title: "Node", view: NodePage };
