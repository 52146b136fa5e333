import { answer, api } from "@/api/client";
import { Empty, Loaded } from "@/components/empty";
import { Files } from "@/components/files";
import { Panel } from "@/components/panel";
import { useBeat } from "@/live/beat";
import { useResource } from "@/live/resource";
import { place, refine } from "@/route";
import { open, Shots } from "@/task/shots";
import type { Tab } from "@/task/tabs";
import { Take } from "@/task/take";
import { useTask } from "@/task/view";
import { final } from "@/words/states";

function Snapshots() {
  const { task } = useTask();
  const over = final(task.state);
  const taken = useResource(
    (signal) => answer(api.GET("/tasks/{id}/snapshots", { params: { path: { id: task.uuid } }, signal })),
    [task.uuid],
    `${task.state} ${task.resultsCount}`,
  );
  useBeat(taken.reload, Boolean(taken.data?.some(open)) || (task.snapshotInterval > 0 && !over));
  const wanted = place.value.query.get("snapshot");
  const chosen = taken.data?.find((one) => one.id === wanted);
  return (
    <>
      {!over && (
        <Panel title="Take a snapshot">
          <Take onTaken={taken.reload} />
        </Panel>
      )}
      <Panel flush title="Snapshots taken">
        <Loaded from={taken}>
          {(shots) =>
            shots.length ? (
              <Shots
                shots={shots}
                chosen={wanted}
                onChoose={(id) => refine({ snapshot: wanted === id ? undefined : id, path: undefined })}
              />
            ) : (
              <Empty icon="camera" title={over ? "No snapshot was taken" : "No snapshot was taken yet"}>
                {over
                  ? "Snapshots are taken while instances run."
                  : "Take one now, or have one taken every so many seconds."}
              </Empty>
            )
          }
        </Loaded>
      </Panel>
      {chosen?.snapshotConfig.bucket && (
        <Panel flush title={`Files of the snapshot of ${new Date(chosen.triggerDate).toLocaleTimeString()}`}>
          <Files
            key={chosen.id}
            bucket={chosen.snapshotConfig.bucket}
            prefix={chosen.snapshotConfig.bucketPrefix ?? ""}
            path={place.value.query.get("path") ?? ""}
            onPath={(path) => refine({ path })}
            stamp={`${chosen.status} ${chosen.files}`}
            empty="This snapshot has stored nothing."
          />
        </Panel>
      )}
    </>
  );
}

export const tab: Tab = { name: "snapshots", title: "Snapshots", order: 50, view: Snapshots };
