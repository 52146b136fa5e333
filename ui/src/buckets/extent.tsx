import { useEffect, useState } from "preact/hooks";
import { told } from "@/api/client";
import { Button } from "@/components/button";
import { say } from "@/components/toast";
import { useResource } from "@/live/resource";
import { counted, type Extent, extent } from "@/storage/whole";
import { counted as amount, bytes } from "@/words/amounts";

/** How much is in a bucket. Where the storage does not keep count, a button goes through it. */
export function BucketExtent({ bucket, stamp }: { bucket: string; stamp?: unknown }) {
  const known = useResource((signal) => extent(bucket, signal), [bucket, stamp]);
  const [found, setFound] = useState<Extent>();
  const [control, setControl] = useState<AbortController>();
  useEffect(() => () => control?.abort(), [control]);

  const go = async () => {
    const mine = new AbortController();
    setControl(mine);
    try {
      await counted(bucket, setFound, mine.signal);
    } catch (error) {
      if (!mine.signal.aborted) say(told(error), true);
    }
    setControl(undefined);
  };
  const shown = known.data ?? found;
  return (
    <span class="row numbers">
      {shown && `${amount(shown.objects, "file")}, ${bytes(shown.bytes)}`}
      {!known.data && !known.loading && !known.problem && !control && (
        <Button onClick={go} aria-label={`Count the files of ${bucket}`}>
          Count
        </Button>
      )}
      {control && (
        <Button kind="quiet" icon="stop" aria-label="Stop counting" onClick={() => control.abort()} />
      )}
    </span>
  );
}
