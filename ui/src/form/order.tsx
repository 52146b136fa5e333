import { answer, api } from "@/api/client";
import type { Job } from "@/api/types";
import { Check, ChoiceField, TextField } from "@/components/field";
import { State } from "@/components/state";
import type { Form } from "@/form/form";
import { useResource } from "@/live/resource";
import { counted } from "@/words/amounts";
import "./order.css";

const MOST = 100; // jobs that are offered

/** What it belongs to and waits for, how often it is tried, how long it may take. */
export function Order({ form }: { form: Form }) {
  const { draft, set, problem } = form;
  const jobs = useResource((signal) => {
    const body = {
      filter: { operator: "Equal", field: "State", value: "Active" },
      maximumResults: MOST,
    } as never;
    return answer(api.POST("/jobs/paginate", { body, signal }));
  }, []);
  const known: Job[] = jobs.data?.data ?? [];
  const job = known.find((one) => one.uuid === draft.job);
  const options = known.map((one) => ({ value: one.uuid, label: one.name }));
  if (draft.job && !job) options.unshift({ value: draft.job, label: draft.job });
  const number = { type: "number", min: "0" };
  return (
    <>
      <ChoiceField
        label="Job"
        value={draft.job}
        change={(uuid) => set({ job: uuid, after: [] })}
        options={[{ value: "", label: "None" }, ...options]}
        problem={problem("job")}
      />
      {draft.job && job?.useDependencies !== false && <After form={form} />}
      {job?.useDependencies === false && (
        <p class="field-hint">This job was made without dependencies: its tasks wait for none.</p>
      )}
      <div class="basics-row">
        <TextField
          {...number}
          label="Retries of an instance"
          value={draft.retries}
          change={(retries) => set({ retries })}
          placeholder="none"
          problem={problem("retries")}
        />
        <TextField
          {...number}
          label="Retries in all"
          value={draft.totalRetries}
          change={(totalRetries) => set({ totalRetries })}
          placeholder="no limit of their own"
          problem={problem("totalRetries")}
        />
      </div>
      <div class="basics-row">
        <TextField
          {...number}
          label="Longest time in the queue"
          value={draft.maxQueueS}
          change={(maxQueueS) => set({ maxQueueS })}
          placeholder="no limit"
          hint="Seconds"
          problem={problem("maxQueueS")}
        />
        <TextField
          label="Deleted so long after its end"
          value={draft.timeToLive}
          change={(timeToLive) => set({ timeToLive })}
          placeholder="never"
          hint="Days.hours:minutes:seconds, as 7.00:00:00"
          problem={problem("timeToLive")}
        />
      </div>
      <Check
        label="May be deleted after its end, to make room for new tasks"
        checked={draft.autoDelete}
        change={(autoDelete) => set({ autoDelete })}
      />
    </>
  );
}

/** The tasks of the job, to wait for. */
function After({ form: { draft, set, problem } }: { form: Form }) {
  const tasks = useResource(
    (signal) => answer(api.GET("/jobs/{id}/tasks", { params: { path: { id: draft.job } }, signal })),
    [draft.job],
  );
  const found = tasks.data ?? [];
  const wrong = problem("after");
  return (
    <fieldset class="order-after">
      <legend>Starts after</legend>
      {found.length ? (
        <ul>
          {found.map((task) => (
            <li key={task.uuid} class="row spread">
              <Check
                label={task.name}
                checked={draft.after.includes(task.uuid)}
                change={(on) =>
                  set({
                    after: on
                      ? [...draft.after, task.uuid]
                      : draft.after.filter((uuid) => uuid !== task.uuid),
                  })
                }
              />
              <State state={task.state} />
            </li>
          ))}
        </ul>
      ) : (
        <p class="field-hint">{tasks.data ? "The job has no tasks yet." : "Loading…"}</p>
      )}
      {wrong && <p class="field-problem">{wrong}</p>}
    </fieldset>
  );
}

export const toldOrder = ({ draft }: Form) =>
  [
    draft.job && "in a job",
    draft.job && draft.after.length > 0 && `after ${counted(draft.after.length, "task")}`,
    draft.retries && counted(Number(draft.retries), "retry").replace("retrys", "retries"),
    draft.maxQueueS && `${draft.maxQueueS} s in the queue at most`,
    draft.timeToLive && `kept for ${draft.timeToLive}`,
  ]
    .filter(Boolean)
    .join(", ") || "no job, no retries, no limits";
