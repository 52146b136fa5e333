import { answer, api } from "@/api/client";
import type { Account, Quota } from "@/api/types";
import { Loaded } from "@/components/empty";
import { Panel } from "@/components/panel";
import { Use } from "@/components/use";
import { useLive } from "@/live/resource";
import { bytes, count } from "@/words/amounts";
import { final } from "@/words/states";
import "./quotas.css";

const UNLIMITED = 2 ** 31 - 1; // what the server writes for no limit, or more
const most = (limit: number) => (limit >= UNLIMITED ? Number.POSITIVE_INFINITY : limit);

/** What the account may have, and what it has. */
export function QuotaPanel({ me }: { me: Account }) {
  const quotas = useLive(
    (signal) => answer(api.GET("/quotas/computing-quotas/user", { signal })),
    [],
    (change) => change.kind !== "task" || change.task.executing > 0 || final(change.task.state),
  );
  return (
    <Panel title="Limits">
      <div class="grid quotas">
        <Use label="Tasks" used={me.taskCount} of={most(me.maxTask)} write={count} />
        <Use
          label="Tasks that run or wait"
          used={me.runningTaskCount}
          of={most(me.maxRunningTask)}
          write={count}
        />
        <Use label="Jobs" used={me.jobCount} of={most(me.maxJob)} write={count} />
        <Loaded from={quotas}>
          {({ flex, onDemand, reserved }) => (
            <>
              <Class name="Flexible" quota={flex} />
              <Class name="On demand" quota={onDemand} />
              {reserved.map((one) => (
                <Class key={one.reservationName} name={`Reserved, ${one.reservationName}`} quota={one} />
              ))}
            </>
          )}
        </Loaded>
      </div>
      <p class="soft small quotas-storage">{storage(me)}</p>
    </Panel>
  );
}

function Class({ name, quota }: { name: string; quota: Quota }) {
  return (
    <>
      <Use
        label={`${name}: instances`}
        used={quota.runningInstancesCount}
        of={most(quota.maxInstances)}
        write={count}
      />
      <Use label={`${name}: cores`} used={quota.runningCoresCount} of={most(quota.maxCores)} write={count} />
    </>
  );
}

function storage(me: Account): string {
  const buckets = most(me.maxBucket) === Number.POSITIVE_INFINITY ? "any number of" : count(me.maxBucket);
  const size = me.quotaBytes >= Number.MAX_SAFE_INTEGER ? "of any size" : `${bytes(me.quotaBytes)} in all`;
  return `Storage: ${buckets} buckets, ${size}.`;
}
