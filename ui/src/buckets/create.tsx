import { useState } from "preact/hooks";
import { told } from "@/api/client";
import { Button } from "@/components/button";
import { Dialog } from "@/components/dialog";
import { TextField } from "@/components/field";
import { say } from "@/components/toast";
import { go } from "@/route";
import { wrongName } from "@/storage/names";
import { makeBucket } from "@/storage/storage";

/** The form of a new bucket. */
export function CreateBucket({ taken, onClose }: { taken: string[]; onClose: () => void }) {
  const [name, setName] = useState("");
  const [problem, setProblem] = useState<string>();
  const [busy, setBusy] = useState(false);

  const submit = async (event: Event) => {
    event.preventDefault();
    const wrong = wrongName(name) ?? (taken.includes(name) ? "You have a bucket of this name." : undefined);
    setProblem(wrong);
    if (wrong) return;
    setBusy(true);
    try {
      await makeBucket(name);
      onClose();
      say("The bucket was created");
      go(["buckets", name]);
    } catch (error) {
      setProblem(told(error));
    }
    setBusy(false);
  };
  return (
    <Dialog title="New bucket" onClose={onClose}>
      <form class="stack" onSubmit={submit}>
        <TextField
          label="Name"
          autofocus
          autocomplete="off"
          spellcheck={false}
          value={name}
          change={(value) => {
            setName(value);
            setProblem(undefined);
          }}
          problem={problem}
          hint="Lower-case letters, digits, dots and hyphens."
        />
        <footer class="row">
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="main" type="submit" busy={busy}>
            Create bucket
          </Button>
        </footer>
      </form>
    </Dialog>
  );
}
