import { answer, api } from "@/api/client";
import { now } from "@/clock";
import { useResource } from "@/live/resource";
import { places } from "@/task/places";
import { type Step, story } from "@/task/story";
import { useTask } from "@/task/view";
import { duration } from "@/words/amounts";
import { final } from "@/words/states";
import "./timeline.css";

/** The story of a task's states. */
export function Timeline() {
  const { task } = useTask();
  const instance = places(task).ids[0]?.[0] ?? 0;
  const begun = Boolean(task.status?.startedOnceRange) || task.runningInstanceCount > 0 || !waits(task.state);
  const first = useResource(
    async (signal) => {
      if (!begun) return undefined;
      const params = { path: { id: task.uuid, instanceId: String(instance) } };
      return (await answer(api.GET("/tasks/{id}/instances/{instanceId}", { params, signal }))).attempts[0];
    },
    [task.uuid],
    `${begun} ${task.state}`,
  );
  const steps = story(task, first.data);
  return (
    <ol class="timeline">
      {steps.map((step) => (
        <One key={step.title} step={step} />
      ))}
    </ol>
  );
}

const waits = (state: string) => state === "Submitted" || final(state);

function One({ step }: { step: Step }) {
  const spent = step.current ? Math.max(0, (now.value - step.at) / 1000) : step.took;
  return (
    <li
      class={`tone-${step.tone} ${step.at ? "timeline-reached" : ""}`}
      aria-current={step.current ? "step" : undefined}
    >
      <span class="timeline-dot" aria-hidden="true" />
      <strong>{step.title}</strong>
      <span class="soft small numbers">
        {step.at ? <time dateTime={new Date(step.at).toISOString()}>{clock(step.at)}</time> : "not yet"}
      </span>
      {step.at > 0 && spent !== undefined && (
        <span class="timeline-took numbers">{duration(step.current ? Math.floor(spent) : spent)}</span>
      )}
    </li>
  );
}

const clock = (at: number) =>
  new Date(at).toLocaleString(undefined, {
    ...(Date.now() - at > 64_800_000 && { month: "short", day: "numeric" }),
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
  });
