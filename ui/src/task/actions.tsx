import { answer, api } from "@/api/client";
import type { Task } from "@/api/types";
import { Button, ButtonLink } from "@/components/button";
import { confirmed } from "@/components/dialog";
import { type Item, Menu } from "@/components/menu";
import { act } from "@/components/toast";
import { go, to } from "@/route";
import { places } from "@/task/places";
import { useTask } from "@/task/view";
import { final } from "@/words/states";

const DERIVED = {
  retry: ["Retry what failed", "A task of the instances that failed was made"],
  recover: [
    "Run again what failed or was cancelled",
    "A task of the instances that failed or were cancelled was made",
  ],
  resume: ["Run what was cancelled", "A task of the instances that were cancelled was made"],
  restart: ["Run all again", "A task of all the instances was made"],
} as const;

type Verb = keyof typeof DERIVED;

/** What can be done with the task as it is now: the likeliest as buttons, the rest in a menu. */
export function Actions() {
  const { task, reload } = useTask();
  const { counts } = places(task);
  const over = final(task.state);
  const stopping = task.state === "PendingCancel" || task.state === "PendingDelete";
  const params = { path: { id: task.uuid } };

  const after = async (work: () => Promise<unknown>, done: string) => {
    await act(work, done);
    reload();
  };
  const abort = async () => {
    const sure =
      task.totalInstanceCount === 1 ||
      (await confirmed(
        `Abort “${task.name}”?`,
        "What runs is stopped, and what waits is not begun.",
        "Abort",
      ));
    if (sure) await after(() => api.POST("/tasks/{id}/abort", { params }), "The task is being stopped");
  };
  const remove = async () => {
    const text = over ? "Its buckets stay." : "It is stopped first. Its buckets stay.";
    if (!(await confirmed(`Delete “${task.name}”?`, text, "Delete"))) return;
    if (await act(() => api.DELETE("/tasks/{id}", { params }), "The task is being deleted")) go(["tasks"]);
  };
  const derive = (verb: Verb) => () => act(() => derived(task, verb), DERIVED[verb][1]);
  const snapshot = () =>
    after(() => api.POST("/tasks/{id}/snapshot", { params }), "A snapshot is being taken");
  const refresh = () => after(() => api.PATCH("/tasks/{id}", { params }), "The inputs are being refreshed");

  const main: Verb | undefined = !over
    ? undefined
    : counts.Failure
      ? "retry"
      : counts.Cancelled
        ? "resume"
        : undefined;
  const verbs: Verb[] = over
    ? (["retry", "recover", "resume", "restart"] as const).filter(
        (verb) => verb !== main && sensible(verb, counts),
      )
    : [];
  const running = !over && !stopping && task.runningInstanceCount > 0;
  const items: Item[] = [
    ...(running ? [{ label: "Take a snapshot now", icon: "camera" as const, act: snapshot }] : []),
    ...(running ? [{ label: "Refresh the inputs", icon: "retry" as const, act: refresh }] : []),
    ...verbs.map((verb) => ({ label: DERIVED[verb][0], icon: "retry" as const, act: derive(verb) })),
    { label: "Delete", icon: "trash", danger: true, act: remove },
  ];
  return (
    <>
      {!over && !stopping && (
        <Button icon="stop" onClick={abort}>
          Abort
        </Button>
      )}
      {main && (
        <Button icon="retry" onClick={derive(main)}>
          {DERIVED[main][0]}
        </Button>
      )}
      <ButtonLink icon="copy" href={to(["new"], { from: task.uuid })}>
        Clone
      </ButtonLink>
      <Menu label="More" items={items} />
    </>
  );
}

function sensible(verb: Verb, counts: { Failure: number; Cancelled: number }): boolean {
  if (verb === "retry") return counts.Failure > 0;
  if (verb === "resume") return counts.Cancelled > 0;
  if (verb === "recover") return counts.Failure > 0 && counts.Cancelled > 0;
  return true;
}

/** Make a task of this one, and go to it. */
async function derived(task: Task, verb: Verb): Promise<void> {
  const params = { path: { id: task.uuid } };
  const made = await answer(
    verb === "restart"
      ? api.POST("/tasks/{id}/restart", { params })
      : api.POST(`/tasks/{id}/${verb}`, { params }),
  );
  go(["tasks", made.uuid]);
}
