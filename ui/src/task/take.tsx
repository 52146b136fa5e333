import { useState } from "preact/hooks";
import { api, told } from "@/api/client";
import { Button } from "@/components/button";
import { TextField } from "@/components/field";
import { say } from "@/components/toast";
import { blamed } from "@/task/blame";
import { useTask } from "@/task/view";
import { final } from "@/words/states";
import "./take.css";

const FIELDS = ["whitelist", "blacklist", "bucket", "bucketPrefix", "interval"] as const;
type Field = (typeof FIELDS)[number];

const NOTHING = { whitelist: null, blacklist: null, bucket: null, bucketPrefix: null };

/** Take a snapshot now, or one every so many seconds. */
export function Take({ onTaken }: { onTaken: () => void }) {
  const { task, reload } = useTask();
  const [given, setGiven] = useState({ whitelist: "", blacklist: "", bucket: "", bucketPrefix: "" });
  const [interval, setInterval] = useState("");
  const [problems, setProblems] = useState<Partial<Record<Field, string>>>({});
  const [busy, setBusy] = useState(false);
  const params = { path: { id: task.uuid } };
  const config = {
    whitelist: given.whitelist || null,
    blacklist: given.blacklist || null,
    bucket: given.bucket || null,
    bucketPrefix: given.bucketPrefix || null,
  };
  const attempt = async (work: () => Promise<unknown>, done: string) => {
    setBusy(true);
    setProblems({});
    try {
      await work();
      say(done);
      onTaken();
      reload();
    } catch (error) {
      const found = blamed(error, FIELDS);
      setProblems(found);
      if (!Object.keys(found).length) say(told(error), true);
    }
    setBusy(false);
  };
  const take = () =>
    attempt(() => api.POST("/tasks/{id}/snapshot", { params, body: config }), "A snapshot is being taken");
  const schedule = (every: number) =>
    attempt(
      () =>
        api.POST("/tasks/{id}/snapshot/periodic", {
          params,
          body: { ...(every ? config : NOTHING), interval: every },
        }),
      every
        ? `A snapshot is taken every ${Math.max(10, every)} s`
        : "No more snapshots are taken by schedule",
    );
  const field = (name: keyof typeof given, label: string, hint: string) => (
    <TextField
      label={label}
      hint={hint}
      value={given[name]}
      problem={problems[name]}
      change={(value) => setGiven({ ...given, [name]: value })}
    />
  );
  if (final(task.state)) return null;
  return (
    <div class="stack">
      <div class="take-ways">
        <div class="stack">
          <p class="soft">
            Stores what the running instances have made so far. The programs go on.
            {!task.runningInstanceCount && " At the moment none runs."}
          </p>
          <Button kind="main" icon="camera" busy={busy} disabled={!task.runningInstanceCount} onClick={take}>
            Take a snapshot now
          </Button>
        </div>
        <form
          class="take-schedule"
          onSubmit={(event) => {
            event.preventDefault();
            schedule(Number(interval));
          }}
        >
          <TextField
            label="Seconds between snapshots"
            type="number"
            min={10}
            required
            value={interval}
            change={setInterval}
            placeholder={task.snapshotInterval ? String(task.snapshotInterval) : "300"}
            problem={problems.interval}
            hint={
              task.snapshotInterval
                ? `One is taken every ${task.snapshotInterval} s.`
                : "None is taken by schedule. The least is 10 s."
            }
          />
          <span class="row">
            <Button type="submit" icon="clock" busy={busy}>
              Set the schedule
            </Button>
            {task.snapshotInterval > 0 && (
              <Button icon="stop" onClick={() => schedule(0)}>
                Stop it
              </Button>
            )}
          </span>
        </form>
      </div>
      <details open={Object.keys(problems).some((name) => name !== "interval") || undefined}>
        <summary>Which files, and where to</summary>
        <div class="grid take-config">
          {field(
            "whitelist",
            "Only paths that match",
            `A regular expression. ${usual(task.snapshotWhitelist)}`,
          )}
          {field(
            "blacklist",
            "Not paths that match",
            `A regular expression. ${usual(task.snapshotBlacklist)}`,
          )}
          {field("bucket", "Bucket", usual(task.snapshotBucket ?? task.resultBucket))}
          {field("bucketPrefix", "Prefix", usual(task.snapshotBucketPrefix ?? task.resultsBucketPrefix))}
        </div>
      </details>
    </div>
  );
}

const usual = (value: string | undefined) => (value ? `Unless given: ${value}` : "Unless given: none");
