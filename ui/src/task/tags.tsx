import { useState } from "preact/hooks";
import { api, told } from "@/api/client";
import { Button } from "@/components/button";
import { TextField } from "@/components/field";
import { Tags } from "@/components/tags";
import { say } from "@/components/toast";
import { to } from "@/route";
import { blamed } from "@/task/blame";
import { useTask } from "@/task/view";

/** The tags of a task, to follow and to change. */
export function TaskTags() {
  const { task, reload } = useTask();
  const [typed, setTyped] = useState<string>();
  const [problem, setProblem] = useState<string>();
  const save = async (event: Event) => {
    event.preventDefault();
    const tags = (typed ?? "")
      .split(",")
      .map((tag) => tag.trim())
      .filter(Boolean);
    try {
      await api.PUT("/tasks/{id}", { params: { path: { id: task.uuid } }, body: { tags, constants: null } });
      setTyped(undefined);
      setProblem(undefined);
      reload();
    } catch (error) {
      const found = blamed(error, ["tags"]).tags;
      setProblem(found);
      if (!found) say(told(error), true);
    }
  };
  if (typed === undefined)
    return (
      <span class="row">
        {task.tags.length ? (
          <Tags tags={task.tags} href={(tag) => to(["tasks"], { tag })} />
        ) : (
          <span class="soft">None</span>
        )}
        <Button
          kind="quiet"
          icon="edit"
          aria-label="Edit the tags"
          onClick={() => setTyped(task.tags.join(", "))}
        />
      </span>
    );
  return (
    <form class="stack" onSubmit={save}>
      <TextField
        label="Tags, with commas between"
        value={typed}
        change={setTyped}
        problem={problem}
        autofocus
      />
      <span class="row">
        <Button kind="main" type="submit">
          Save the tags
        </Button>
        <Button onClick={() => setTyped(undefined)}>Cancel</Button>
      </span>
    </form>
  );
}
