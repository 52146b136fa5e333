import type { Job } from "@/api/types";
import { Copy } from "@/components/code";
import { Facts } from "@/components/facts";
import { Icon } from "@/components/icon";
import { Panel } from "@/components/panel";
import { Ago } from "@/components/time";
import { counted, duration, seconds } from "@/words/amounts";
import "./facts.css";

/** What went wrong with a job. */
export function JobProblems({ job }: { job: Job }) {
  return job.errors.map((error) => (
    <p key={error.code} class="job-problem" role="alert">
      <Icon name="alert" />
      <span>
        <strong>{error.code}</strong> {error.message}
      </span>
    </p>
  ));
}

/** What a job was made with. */
export function JobFacts({ job }: { job: Job }) {
  return (
    <Panel title="About this job">
      <div class="grid job-facts">
        <Facts
          facts={[
            ["Created", <Ago key="created" date={job.creationDate} />],
            ["State since", <Ago key="since" date={job.stateTransitionTime} />],
            ["Unfinished", counted(job.unfinishedTaskCount, "task")],
          ]}
        />
        <Facts
          facts={[
            ["Dependencies", job.useDependencies ? "yes" : "no"],
            ["Longest time", job.maxWallTime ? duration(seconds(job.maxWallTime)) : "no limit"],
            ["Kept", kept(job)],
          ]}
        />
        <Facts
          facts={[
            job.shortname !== job.uuid && ["Short name", job.shortname],
            [
              "UUID",
              <span key="uuid" class="row job-uuid">
                <span class="mono">{job.uuid}</span>
                <Copy text={job.uuid} label="Copy the UUID" />
              </span>,
            ],
          ]}
        />
      </div>
    </Panel>
  );
}

function kept(job: Job): string {
  const time = seconds(job.completionTimeToLive);
  if (time) return `${duration(time)} after its end`;
  return job.autoDeleteOnCompletion ? "until room is needed" : "until it is deleted";
}
