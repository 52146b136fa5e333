import { api } from "@/api/client";
import { Button } from "@/components/button";
import { Empty } from "@/components/empty";
import { Choice } from "@/components/field";
import { Files } from "@/components/files";
import { Icon } from "@/components/icon";
import { Panel } from "@/components/panel";
import { act } from "@/components/toast";
import { place, refine, to } from "@/route";
import { mounts } from "@/task/mounts";
import type { Tab } from "@/task/tabs";
import { useTask } from "@/task/view";
import { counted } from "@/words/amounts";
import { final } from "@/words/states";
import "./files.css";

function TaskFiles() {
  const { task } = useTask();
  const all = mounts(task);
  const shown = all.find((one) => one.name === place.value.query.get("of")) ?? all[0];
  if (!shown)
    return (
      <Panel>
        <Empty icon="bucket" title="This task has neither inputs nor a result bucket">
          Choose them when you make a task, or clone this one and add them.
        </Empty>
      </Panel>
    );
  const over = final(task.state);
  return (
    <>
      <Panel
        flush
        title={
          all.length > 1 ? (
            <Choice
              aria-label="Which files"
              value={shown.name}
              options={all.map((one) => ({ value: one.name, label: one.title }))}
              change={(of) => refine({ of, path: undefined })}
            />
          ) : (
            shown.title
          )
        }
        actions={
          <a class="files-bucket" href={to(["buckets", shown.bucket])}>
            <Icon name="bucket" />
            Open the bucket
          </a>
        }
      >
        <Files
          key={shown.name}
          bucket={shown.bucket}
          prefix={shown.prefix}
          path={place.value.query.get("path") ?? ""}
          onPath={(path) => refine({ path })}
          writable={shown.kind === "input" && !over}
          stamp={shown.kind === "input" ? task.inputsRevision : `${task.state} ${task.resultsCount}`}
          empty={
            shown.kind === "input"
              ? "This input holds nothing."
              : over
                ? "The task has stored nothing here."
                : "Results appear here when instances end, or with a snapshot."
          }
        />
      </Panel>
      {!over && shown.kind === "input" && <Refresh />}
    </>
  );
}

/** New and changed inputs, brought to what runs already; and where they have arrived. */
function Refresh() {
  const { task, reload } = useTask();
  const running = task.status?.runningInstancesInfo?.perRunningInstanceInfo ?? [];
  const arrived = running.filter((one) => (one.inputsRevision ?? 0) >= task.inputsRevision);
  const failed = running.filter((one) => one.inputsError);
  const refresh = async () => {
    await act(
      () => api.PATCH("/tasks/{id}", { params: { path: { id: task.uuid } } }),
      "The inputs are being brought to what runs",
    );
    reload();
  };
  return (
    <Panel
      title="New and changed inputs"
      actions={
        <Button icon="retry" onClick={refresh} disabled={!running.length}>
          Refresh the inputs
        </Button>
      }
    >
      <div class="stack">
        <p class="soft">
          Instances that begin later have what is in the input by then. Those that run have it after a
          refresh.
        </p>
        {task.inputsRevision > 0 && running.length > 0 && (
          <p role="status">
            Refreshed {counted(task.inputsRevision, "time")}: the last one has arrived at {arrived.length} of{" "}
            {counted(running.length, "running instance")}.
          </p>
        )}
        {failed.length > 0 && (
          <ul>
            {failed.slice(0, 10).map((one) => (
              <li key={one.instanceId}>
                Instance {one.instanceId}: {one.inputsError}
              </li>
            ))}
          </ul>
        )}
      </div>
    </Panel>
  );
}

export const tab: Tab = { name: "files", title: "Files", order: 40, view: TaskFiles };
