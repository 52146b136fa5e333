import { useEffect, useState } from "preact/hooks";
import { told } from "@/api/client";
import { Progress } from "@/components/bar";
import { Button } from "@/components/button";
import { Dialog } from "@/components/dialog";
import { TextField } from "@/components/field";
import { say } from "@/components/toast";
import { useResource } from "@/live/resource";
import { dropWhole, extent } from "@/storage/whole";
import { bytes, count, counted } from "@/words/amounts";

interface Props {
  bucket: string;
  onClose: () => void;
  onGone: () => void;
}

/** Deletes a bucket with what is in it, once its name was written; it can be stopped. */
export function DropBucket({ bucket, onClose, onGone }: Props) {
  const [written, setWritten] = useState("");
  const [gone, setGone] = useState(0);
  const [problem, setProblem] = useState<string>();
  const [control, setControl] = useState<AbortController>();
  const known = useResource((signal) => extent(bucket, signal), [bucket]);
  useEffect(() => () => control?.abort(), [control]);

  const submit = async (event: Event) => {
    event.preventDefault();
    if (written !== bucket) return setProblem("This is not its name.");
    const mine = new AbortController();
    setControl(mine);
    setProblem(undefined);
    try {
      await dropWhole(bucket, setGone, mine.signal);
      say(`${bucket} was deleted`);
      onGone();
    } catch (error) {
      setControl(undefined);
      setProblem(mine.signal.aborted ? "Stopped. What was deleted is gone, the rest is there." : told(error));
    }
  };
  const most = known.data?.objects ?? 0;
  return (
    <Dialog title={`Delete ${bucket}?`} onClose={onClose}>
      <form class="stack" onSubmit={submit}>
        <p>
          {known.data ? (
            <>
              Its {counted(known.data.objects, "file")} ({bytes(known.data.bytes)}) are deleted with it.
            </>
          ) : (
            "All that is in it is deleted with it."
          )}{" "}
          This cannot be undone.
        </p>
        <TextField
          label="Write the name of the bucket to go on"
          autofocus
          autocomplete="off"
          spellcheck={false}
          disabled={Boolean(control)}
          value={written}
          change={setWritten}
          problem={problem}
        />
        {control && (
          <div role="status">
            <Progress label="Deleting" tone="ended" value={most ? (100 * gone) / most : 0} />
            <span class="soft small numbers">
              {count(gone)}
              {most > 0 && ` of ${count(most)}`} deleted
            </span>
          </div>
        )}
        <footer class="row">
          {control ? (
            <Button icon="stop" onClick={() => control.abort()}>
              Stop
            </Button>
          ) : (
            <>
              <Button onClick={onClose}>Keep</Button>
              <Button kind="danger" icon="trash" type="submit" disabled={written !== bucket}>
                Delete bucket
              </Button>
            </>
          )}
        </footer>
      </form>
    </Dialog>
  );
}
