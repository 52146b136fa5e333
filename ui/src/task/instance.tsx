import { answer, api } from "@/api/client";
import type { Attempt, WholeInstance } from "@/api/types";
import { Button, ButtonLink } from "@/components/button";
import { Dialog } from "@/components/dialog";
import { Loaded } from "@/components/empty";
import { Facts } from "@/components/facts";
import { State } from "@/components/state";
import { Moment } from "@/components/time";
import { Trouble } from "@/components/trouble";
import { useResource } from "@/live/resource";
import { to } from "@/route";
import { download } from "@/storage/storage";
import { idAt, indexOf, type Places } from "@/task/places";
import { useTask } from "@/task/view";
import { bytes, counted, duration } from "@/words/amounts";
import { final } from "@/words/states";
import "./instance.css";

interface Props {
  id: number;
  places: Places;
  onMove: (id: number) => void;
  onClose: () => void;
}

/** One instance in full: its attempts, what it used, its results. */
export function InstanceDialog({ id, places, onMove, onClose }: Props) {
  const { task } = useTask();
  const index = indexOf(places, id);
  const earlier = idAt(places, index - 1);
  const later = index < 0 ? undefined : idAt(places, index + 1);
  const found = useResource(
    (signal) =>
      answer(
        api.GET("/tasks/{id}/instances/{instanceId}", {
          params: { path: { id: task.uuid, instanceId: String(id) } },
          signal,
        }),
      ),
    [task.uuid, id],
    `${task.lastModified} ${task.status?.lastUpdateTimestamp}`,
  );
  return (
    <Dialog title={`Instance ${id}`} onClose={onClose} wide>
      <div class="row spread instance-bar">
        <span class="row">
          <ButtonLink icon="code" href={to(["tasks", task.uuid, "logs"], { instance: String(id) })}>
            Standard output
          </ButtonLink>
          <ButtonLink
            icon="alert"
            href={to(["tasks", task.uuid, "logs"], { instance: String(id), stream: "stderr" })}
          >
            Standard error
          </ButtonLink>
          <ButtonLink icon="compare" href={to(["tasks", task.uuid, "curves"], { instance: String(id) })}>
            Curves
          </ButtonLink>
        </span>
        <span class="row">
          <Button
            kind="quiet"
            icon="back"
            aria-label="Previous instance"
            disabled={earlier === undefined}
            onClick={() => earlier !== undefined && onMove(earlier)}
          />
          <Button
            kind="quiet"
            icon="next"
            aria-label="Next instance"
            disabled={later === undefined}
            onClick={() => later !== undefined && onMove(later)}
          />
        </span>
      </div>
      <Loaded from={found}>{(instance) => <Whole instance={instance} />}</Loaded>
    </Dialog>
  );
}

function Whole({ instance }: { instance: WholeInstance }) {
  const { attempts, results, state } = instance;
  return (
    <div class="stack">
      <p>
        <State state={state} />{" "}
        <span class="soft">{attempts.length ? counted(attempts.length, "attempt") : "No attempt yet"}</span>
      </p>
      {[...attempts].reverse().map((attempt) => (
        <Try key={attempt.attempt} attempt={attempt} alone={attempts.length === 1} />
      ))}
      {results.length > 0 && (
        <section class="instance-part">
          <h3>Results</h3>
          <ul>
            {results.map((url) => (
              <Result key={url} url={url} />
            ))}
          </ul>
        </section>
      )}
    </div>
  );
}

function Try({ attempt, alone }: { attempt: Attempt; alone: boolean }) {
  const stages: [string, number | undefined][] = [
    ["Inputs", attempt.downloadTimeSec],
    ["Environment", attempt.environmentTimeSec],
    ["Execution", attempt.executionTimeSec],
    ["Upload", attempt.uploadTimeSec],
  ];
  return (
    <section class="instance-part">
      <h3 class="row">
        {alone ? "The attempt" : `Attempt ${attempt.attempt}`} <State state={attempt.state} />
      </h3>
      {attempt.error && <Trouble error={attempt.error} />}
      <Facts
        facts={[
          ["Node", attempt.node],
          !final(attempt.state) && ["Phase", attempt.phase],
          attempt.exitCode !== undefined && ["Exit code", String(attempt.exitCode)],
          ["Dispatched", <Moment key="d" date={attempt.dispatchDate} />],
          attempt.startDate && ["Began", <Moment key="s" date={attempt.startDate} />],
          attempt.endDate && ["Ended", <Moment key="e" date={attempt.endDate} />],
          [
            "Times",
            stages
              .filter(([, took]) => took !== undefined)
              .map(([name, took]) => `${name} ${duration(took ?? 0)}`)
              .join(" · "),
          ],
          attempt.cpuUsage !== undefined && ["CPU", `${Math.round(attempt.cpuUsage)} %`],
          attempt.memoryMB !== undefined && ["Memory", bytes(attempt.memoryMB * 1e6)],
          attempt.peakMemoryMB !== undefined && ["Peak memory", bytes(attempt.peakMemoryMB * 1e6)],
          attempt.progress !== undefined && ["Progress", `${Math.round(attempt.progress)} %`],
          ["Runtime", attempt.runtime],
        ]}
      />
    </section>
  );
}

/** A result: the server names it `s3://host/bucket/key`. */
function Result({ url }: { url: string }) {
  const [bucket = "", ...parts] = url.replace(/^s3:\/\/[^/]*\//, "").split("/");
  const key = parts.join("/");
  return (
    <li>
      <a href={download(bucket, key)} download>
        {key}
      </a>
    </li>
  );
}
