import { useMemo, useState } from "preact/hooks";
import { answer, api } from "@/api/client";
import { Bar } from "@/components/bar";
import { ButtonLink } from "@/components/button";
import { Empty, Loaded } from "@/components/empty";
import { Check } from "@/components/field";
import { Graph } from "@/components/graph";
import { Head } from "@/components/head";
import { Panel } from "@/components/panel";
import { State } from "@/components/state";
import { Tags } from "@/components/tags";
import { type Box, graphOf, type Item, tally } from "@/graph/graph";
import { JobActions } from "@/jobs/actions";
import { JobFacts, JobProblems } from "@/jobs/facts";
import { type Member, useMembers } from "@/jobs/members";
import { MemberRows } from "@/jobs/rows";
import { useLive } from "@/live/resource";
import { place, to } from "@/route";
import type { Screen } from "@/screens";
import { begun } from "@/task/counters";
import { count, counted, duration } from "@/words/amounts";
import { final } from "@/words/states";

const MANY = 40; // tasks from which those that are alike share a box

function JobPage({ params }: { params: Record<string, string> }) {
  const { id = "" } = params;
  const job = useLive(
    (signal) => answer(api.GET("/jobs/{id}", { params: { path: { id } }, signal })),
    [id],
    (change) => change.kind !== "task" || final(change.task.state),
  );
  const members = useMembers(id);
  return (
    <Loaded from={job}>
      {(one) => (
        <>
          <Head
            title={one.name}
            before={{ href: to(["jobs"]), title: "Jobs" }}
            beside={<State state={one.state} />}
            actions={
              <>
                {one.state === "Active" && (
                  <ButtonLink icon="plus" href={to(["new"], { job: one.uuid })}>
                    Add a task
                  </ButtonLink>
                )}
                <JobActions job={one} reload={job.reload} />
              </>
            }
          >
            {one.tags.length > 0 && <Tags tags={one.tags} href={(tag) => to(["jobs"], { tag })} />}
          </Head>
          <JobProblems job={one} />
          <Loaded from={members}>
            {(tasks) => (
              <>
                <Tasks job={one.uuid} tasks={tasks} linked={one.useDependencies} />
                <JobFacts job={one} />
              </>
            )}
          </Loaded>
        </>
      )}
    </Loaded>
  );
}

function Tasks({ job, tasks, linked }: { job: string; tasks: Member[]; linked: boolean }) {
  const [gather, setGather] = useState<boolean>();
  const gathered = gather ?? tasks.length > MANY;
  const graph = useMemo(() => graphOf(tasks.map(item), gathered), [tasks, gathered]);
  const chosen = graph.boxes.find((box) => box.id === place.value.query.get("box"));
  const inside = chosen && new Set(chosen.items.map((one) => one.id));
  const shown = inside ? tasks.filter((task) => inside.has(task.uuid)) : tasks;
  if (!tasks.length)
    return (
      <Panel>
        <Empty icon="tasks" title="No task yet">
          <p>Tasks that are submitted with this job appear here.</p>
          <ButtonLink icon="plus" href={to(["new"], { job })}>
            Add a task
          </ButtonLink>
        </Empty>
      </Panel>
    );
  const ended = tasks.filter((task) => final(task.state)).length;
  return (
    <>
      <Panel title={`${count(ended)} of ${counted(tasks.length, "task")} ended`}>
        <Bar tall shares={begun(tally(tasks))} total={tasks.length} />
      </Panel>
      {linked && graph.edges.length > 0 && (
        <Panel
          flush
          title="What waits for what"
          actions={
            tasks.length > MANY / 4 && (
              <Check label="Similar tasks in one box" checked={gathered} change={setGather} />
            )
          }
        >
          <Graph
            label="Graph of the tasks. Arrow keys go from one to another, Enter opens it."
            graph={graph}
            href={(box: Box) =>
              box.items.length > 1 ? to(["jobs", job], { box: box.id }) : to(["tasks", box.id])
            }
          />
        </Panel>
      )}
      <Panel
        flush
        title={chosen ? chosen.name : "Tasks"}
        actions={chosen && <a href={to(["jobs", job])}>All tasks of the job</a>}
      >
        <MemberRows tasks={shown} all={tasks} linked={linked} />
      </Panel>
    </>
  );
}

function item(task: Member): Item {
  const ended = task.shares.slice(0, 3).reduce((sum, share) => sum + share.value, 0);
  return {
    id: task.uuid,
    name: task.name,
    state: task.state,
    shares: task.shares,
    total: task.total,
    detail:
      final(task.state) && task.seconds
        ? duration(task.seconds)
        : task.total > 1
          ? `${ended} of ${task.total}`
          : "",
    after: task.after.map((one) => one.uuid),
  };
}

export const screen: Screen = { path: "/jobs/:id", title: "Job", view: JobPage };
