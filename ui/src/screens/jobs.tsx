import { useState } from "preact/hooks";
import type { Job } from "@/api/types";
import { Button } from "@/components/button";
import { Empty, Loaded } from "@/components/empty";
import { Choice } from "@/components/field";
import { Head } from "@/components/head";
import { Panel } from "@/components/panel";
import { type Column, Rows } from "@/components/rows";
import { State } from "@/components/state";
import { Tags } from "@/components/tags";
import { Ago } from "@/components/time";
import { CreateJob } from "@/jobs/create";
import { useJobs } from "@/jobs/listing";
import { place, refine, to } from "@/route";
import type { Screen } from "@/screens";
import { counted } from "@/words/amounts";
import "./jobs.css";

const STATES = ["Active", "Terminating", "Completed", "Deleting"];

const columns: Column<Job>[] = [
  {
    name: "name",
    title: "Name",
    width: "minmax(0, 2fr)",
    grow: true,
    narrow: true,
    cell: (job) => (
      <a href={to(["jobs", job.uuid])} title={job.name}>
        {job.name}
      </a>
    ),
  },
  { name: "state", title: "State", width: "130px", narrow: true, cell: (job) => <State state={job.state} /> },
  {
    name: "tasks",
    title: "Unfinished",
    width: "130px",
    cell: (job) =>
      job.unfinishedTaskCount ? counted(job.unfinishedTaskCount, "task") : <span class="soft">none</span>,
  },
  {
    name: "tags",
    title: "Tags",
    width: "minmax(0, 1fr)",
    cell: (job) => <Tags tags={job.tags} href={(tag) => to(["jobs"], { tag })} />,
  },
  {
    name: "dependencies",
    title: "Dependencies",
    width: "110px",
    cell: (job) => (job.useDependencies ? "yes" : <span class="soft">no</span>),
  },
  { name: "created", title: "Created", width: "130px", cell: (job) => <Ago date={job.creationDate} /> },
];

function Jobs() {
  const [making, setMaking] = useState(false);
  const query = place.value.query;
  const asked = {
    name: query.get("name") ?? "",
    state: query.get("state") ?? "",
    tag: query.get("tag") ?? "",
  };
  const jobs = useJobs(asked);
  const filtered = Boolean(asked.name || asked.state || asked.tag);
  const total = jobs.data?.total;
  return (
    <>
      <Head
        title="Jobs"
        beside={total !== undefined && <span class="soft">{counted(total, "job")}</span>}
        actions={
          <Button kind="main" icon="plus" onClick={() => setMaking(true)}>
            New job
          </Button>
        }
      >
        <p class="soft">A job groups tasks. They end together, and may wait for one another.</p>
      </Head>
      <div class="row jobs-filters" role="search">
        <input
          class="input"
          type="search"
          aria-label="Search jobs by name"
          placeholder="Search by name"
          value={asked.name}
          onInput={(event) => refine({ name: event.currentTarget.value })}
        />
        <Choice
          aria-label="State"
          value={asked.state}
          change={(state) => refine({ state })}
          options={[{ value: "", label: "Any state" }, ...STATES]}
        />
        <input
          class="input"
          type="text"
          aria-label="Tag"
          placeholder="Tag"
          value={asked.tag}
          onInput={(event) => refine({ tag: event.currentTarget.value })}
        />
        {filtered && (
          <Button
            kind="quiet"
            icon="close"
            onClick={() => refine({ name: undefined, state: undefined, tag: undefined })}
          >
            Clear
          </Button>
        )}
      </div>
      <Panel flush>
        <Loaded from={jobs}>
          {(found) =>
            found.rows.length ? (
              <Rows
                label="Jobs"
                columns={columns}
                rows={found.rows}
                total={found.total}
                identity={(job) => job.uuid}
                more={found.more}
              />
            ) : filtered ? (
              <Empty icon="search" title="No job is like this" />
            ) : (
              <Empty icon="jobs" title="No job yet">
                <p>Make one, then submit tasks with it.</p>
                <Button icon="plus" onClick={() => setMaking(true)}>
                  New job
                </Button>
              </Empty>
            )
          }
        </Loaded>
      </Panel>
      {making && <CreateJob onClose={() => setMaking(false)} />}
    </>
  );
}

export const screen: Screen = {
  path: "/jobs",
  title: "Jobs",
  icon: "jobs",
  order: 30,
  key: "j",
  view: Jobs,
};
