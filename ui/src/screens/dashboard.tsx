import { useRef } from "preact/hooks";
import { answer, api } from "@/api/client";
import { ButtonLink } from "@/components/button";
import { Loaded } from "@/components/empty";
import { Head } from "@/components/head";
import { Begin } from "@/dashboard/begin";
import { CapacityPanel } from "@/dashboard/capacity";
import { Lately } from "@/dashboard/lately";
import { Problems } from "@/dashboard/problems";
import { Queue } from "@/dashboard/queue";
import { Running } from "@/dashboard/running";
import { useLive } from "@/live/resource";
import { useSampled } from "@/live/sample";
import { to } from "@/route";
import type { Screen } from "@/screens";
import "./dashboard.css";

function Dashboard() {
  const newcomer = useRef(false);
  const me = useLive(
    (signal) => answer(api.GET("/info", { signal })),
    [],
    (change) => change.kind === "deleted" || (change.kind === "task" && newcomer.current),
  );
  newcomer.current = me.data?.taskCount === 0;
  const machines = useSampled(async (signal) => {
    const [nodes, capacity] = await Promise.all([
      answer(api.GET("/nodes", { signal })),
      answer(api.GET("/capacity", { signal })),
    ]);
    return { nodes, capacity };
  }, []);
  return (
    <>
      <Head
        title="Dashboard"
        actions={
          <ButtonLink kind="main" icon="plus" href={to(["new"])}>
            New task
          </ButtonLink>
        }
      />
      <Loaded from={me}>
        {({ taskCount }) => (
          <Loaded from={machines}>
            {({ nodes, capacity }) =>
              taskCount ? (
                <div class="dashboard">
                  <div class="stack">
                    <Running />
                    <Queue />
                  </div>
                  <div class="stack">
                    <CapacityPanel capacity={capacity} nodes={nodes} />
                    <Lately />
                    <Problems nodes={nodes} />
                  </div>
                </div>
              ) : (
                <Begin>
                  <CapacityPanel capacity={capacity} nodes={nodes} />
                </Begin>
              )
            }
          </Loaded>
        )}
      </Loaded>
    </>
  );
}

export const screen: Screen = {
  path: "/",
  title: "Dashboard",
  icon: "dashboard",
  order: 0,
  key: "d",
  view: Dashboard,
};
