import type { ComponentChildren } from "preact";
import { Facts } from "@/components/facts";
import { Panel } from "@/components/panel";
import { Tags } from "@/components/tags";
import { Ago } from "@/components/time";
import { to } from "@/route";
import { mounts } from "@/task/mounts";
import { useTask } from "@/task/view";
import { counted } from "@/words/amounts";
import "./about.css";

/** What the task is, and where its files are. */
export function About() {
  const { task } = useTask();
  const files = to(["tasks", task.uuid, "files"]);
  const inputs = mounts(task).filter((one) => one.kind === "input");
  return (
    <Panel title="About">
      <Facts
        facts={[
          [task.shortname === task.uuid ? "UUID" : "Name for scripts", <code key="s">{task.shortname}</code>],
          ["Submitted", <Ago key="a" date={task.creationDate} />],
          task.profile && [
            "Profile",
            <a key="p" href={to(["profiles", task.profile])}>
              {task.profile}
            </a>,
          ],
          task.jobUuid && [
            "Job",
            <a key="j" href={to(["jobs", task.jobUuid])}>
              {task.jobUuid.slice(0, 8)}
            </a>,
          ],
          ["Scheduling", task.schedulingType],
          inputs.length > 0 && [
            "Inputs",
            <span key="i" class="about-list">
              {inputs.map((one) => (
                <a key={one.name} href={`${files}?of=${one.name}`}>
                  {one.bucket}/{one.prefix}
                </a>
              ))}
            </span>,
          ],
          task.resultBucket && [
            "Results",
            <span key="r">
              <a href={`${files}?of=results`}>
                {task.resultBucket}/{task.resultsBucketPrefix ?? ""}
              </a>{" "}
              <span class="soft small">stored {counted(task.resultsCount, "time")}</span>
            </span>,
          ],
          ...(task.runtimes ?? []).map((one): [string, ComponentChildren] => [
            "Runtime",
            <span key={one.name} title={one.note}>
              {one.name}
              <span class="soft small about-note">{one.note}</span>
            </span>,
          ]),
          task.tags.length > 0 && [
            "Tags",
            <Tags key="t" tags={task.tags} href={(tag) => to(["tasks"], { tag })} />,
          ],
          ...Object.entries(task.labels).map(([name, value]): [string, string] => [name, value]),
        ]}
      />
    </Panel>
  );
}
