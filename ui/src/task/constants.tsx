import { useState } from "preact/hooks";
import { api, told } from "@/api/client";
import type { Task } from "@/api/types";
import { Button } from "@/components/button";
import { Icon } from "@/components/icon";
import { say } from "@/components/toast";
import { blamed } from "@/task/blame";
import { useTask } from "@/task/view";
import "./constants.css";

type Pair = Task["constants"][number];

const LONG = 300; // characters of a value from which it may scroll
export const SECRET = "[SECRET]"; // what the server shows in place of one, and takes for it

/** The constants of a task: secrets hidden, long values whole. */
export function Constants({ pairs }: { pairs: Pair[] }) {
  return (
    <dl class="constants">
      {pairs.map(({ key, value }) => (
        <div key={key}>
          <dt>
            <code>{key}</code>
          </dt>
          <dd>
            {value === SECRET ? (
              <span class="constants-secret">
                <Icon name="lock" /> Secret, not shown
              </span>
            ) : (
              <pre tabIndex={value.length > LONG ? 0 : undefined}>{value || " "}</pre>
            )}
          </dd>
        </div>
      ))}
    </dl>
  );
}

/** Change, add and remove constants. A secret that is left empty stays as it is. */
export function ConstantsForm({ onDone }: { onDone: () => void }) {
  const { task, reload } = useTask();
  const [pairs, setPairs] = useState<Pair[]>(task.constants.map((pair) => ({ ...pair })));
  const [problems, setProblems] = useState<Partial<Record<string, string>>>({});
  const [busy, setBusy] = useState(false);
  const names = pairs.map((_, index) => `constants[${index}]`);

  const put = (index: number, change: Partial<Pair>) =>
    setPairs(pairs.map((pair, at) => (at === index ? { ...pair, ...change } : pair)));
  const save = async (event: Event) => {
    event.preventDefault();
    const twice = pairs.findIndex((pair, at) => pairs.slice(0, at).some((one) => one.key === pair.key));
    if (twice >= 0)
      return setProblems({ [`constants[${twice}]`]: `There is a ${pairs[twice]?.key} already.` });
    setBusy(true);
    try {
      const params = { path: { id: task.uuid } };
      await api.PUT("/tasks/{id}", { params, body: { constants: pairs, tags: null } });
      say("The constants were changed: instances that begin from now on have them");
      reload();
      onDone();
    } catch (error) {
      const found = blamed(error, names);
      setProblems(found);
      if (!Object.keys(found).length) say(told(error), true);
      setBusy(false);
    }
  };
  return (
    <form class="stack" onSubmit={save}>
      {pairs.map((pair, index) => {
        const secret = task.constants.find((one) => one.key === pair.key)?.value === SECRET;
        return (
          <div key={index} class="constants-row">
            <input
              class="input mono"
              aria-label={`Name of constant ${index + 1}`}
              value={pair.key}
              required
              onInput={(event) => put(index, { key: event.currentTarget.value })}
            />
            {secret ? (
              <input
                class="input mono"
                type="password"
                autocomplete="off"
                aria-label={`Value of ${pair.key}`}
                placeholder="Secret: type to replace it"
                value={pair.value === SECRET ? "" : pair.value}
                onInput={(event) => put(index, { value: event.currentTarget.value || SECRET })}
              />
            ) : (
              <textarea
                class="input mono"
                aria-label={`Value of ${pair.key || `constant ${index + 1}`}`}
                rows={Math.min(10, pair.value.split("\n").length)}
                spellcheck={false}
                value={pair.value}
                onInput={(event) => put(index, { value: event.currentTarget.value })}
              />
            )}
            <Button
              kind="quiet"
              icon="trash"
              aria-label={`Remove ${pair.key || `constant ${index + 1}`}`}
              onClick={() => setPairs(pairs.filter((_, at) => at !== index))}
            />
            {problems[names[index] ?? ""] && <p class="field-problem">{problems[names[index] ?? ""]}</p>}
          </div>
        );
      })}
      <div class="row spread">
        <Button icon="plus" onClick={() => setPairs([...pairs, { key: "", value: "" }])}>
          Add a constant
        </Button>
        <span class="row">
          <Button onClick={onDone}>Cancel</Button>
          <Button kind="main" type="submit" busy={busy}>
            Save the constants
          </Button>
        </span>
      </div>
    </form>
  );
}
