import { useState } from "preact/hooks";
import { answer, api, Problem, told } from "@/api/client";
import type { JobSubmission } from "@/api/types";
import { Button } from "@/components/button";
import { Dialog } from "@/components/dialog";
import { Check, TextField } from "@/components/field";
import { say } from "@/components/toast";
import { go } from "@/route";

const EMPTY = { name: "", shortname: "", tags: "", maxWallTime: "", useDependencies: true };
type Draft = typeof EMPTY;

/** The form of a new job. What was typed stays when it is refused. */
export function CreateJob({ onClose }: { onClose: () => void }) {
  const [draft, setDraft] = useState(EMPTY);
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);
  const set = (change: Partial<Draft>) => setDraft({ ...draft, ...change });
  const at = (field: string) => (problem.toLowerCase().startsWith(field.toLowerCase()) ? problem : undefined);
  const placed = ["name", "shortname", "tags", "maxWallTime"].some(at);

  const submit = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    try {
      const { uuid } = (await answer(api.POST("/jobs", { body: submission(draft) }))) as { uuid: string };
      onClose();
      say("The job was created");
      go(["jobs", uuid]);
    } catch (error) {
      setProblem(told(error));
      if (!(error instanceof Problem)) throw error;
    }
    setBusy(false);
  };
  return (
    <Dialog title="New job" onClose={onClose}>
      <form class="stack" onSubmit={submit}>
        <TextField
          label="Name"
          required
          autofocus
          value={draft.name}
          change={(name) => set({ name })}
          problem={at("name")}
        />
        <Check
          label="Its tasks may wait for one another"
          checked={draft.useDependencies}
          change={(useDependencies) => set({ useDependencies })}
        />
        <TextField
          label="Longest time"
          placeholder="8:00:00"
          hint="Hours, minutes, seconds. What goes on then is cancelled. Empty: no limit."
          value={draft.maxWallTime}
          change={(maxWallTime) => set({ maxWallTime })}
          problem={at("maxWallTime")}
        />
        <TextField
          label="Tags"
          hint="With commas between them"
          value={draft.tags}
          change={(tags) => set({ tags })}
          problem={at("tags")}
        />
        <TextField
          label="Short name"
          hint="To call it by, instead of its UUID. May be empty."
          value={draft.shortname}
          change={(shortname) => set({ shortname })}
          problem={at("shortname")}
        />
        {problem && !placed && (
          <p class="field-problem" role="alert">
            {problem}
          </p>
        )}
        <footer class="row">
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="main" type="submit" busy={busy}>
            Create job
          </Button>
        </footer>
      </form>
    </Dialog>
  );
}

function submission(draft: Draft): JobSubmission {
  const tags = draft.tags
    .split(",")
    .map((tag) => tag.trim())
    .filter(Boolean);
  return {
    name: draft.name.trim(),
    shortname: draft.shortname.trim() || null,
    useDependencies: draft.useDependencies,
    maxWallTime: draft.maxWallTime.trim() || null,
    tags,
    poolUuid: null,
    autoDeleteOnCompletion: false,
    completionTimeToLive: null,
  };
}
