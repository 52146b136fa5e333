import { useState } from "preact/hooks";
import { Button } from "@/components/button";
import { Dialog } from "@/components/dialog";
import { TextField } from "@/components/field";
import { act } from "@/components/toast";
import { BUCKETS } from "@/form/form";
import { makeBucket } from "@/storage/storage";
import type { Chosen } from "@/storage/uploads";
import { bytes, counted } from "@/words/amounts";

interface Props {
  files: Chosen[];
  known: string[];
  first: string | undefined;
  close: () => void;
  send: (bucket: string, prefix: string) => void;
}

/** Where chosen files go. */
export function Into({ files, known, first, close, send }: Props) {
  const [bucket, setBucket] = useState(first ?? fresh(known));
  const [prefix, setPrefix] = useState("");
  const size = files.reduce((sum, one) => sum + one.file.size, 0);
  const submit = async (event: Event) => {
    event.preventDefault();
    event.stopPropagation();
    const name = bucket.trim();
    if (known.includes(name) || (await act(() => makeBucket(name)))) send(name, prefix);
  };
  return (
    <Dialog title={`Upload ${counted(files.length, "file")}, ${bytes(size)}`} onClose={close}>
      <form class="stack" onSubmit={submit}>
        <TextField
          label="Bucket"
          value={bucket}
          change={setBucket}
          list={BUCKETS}
          hint={known.includes(bucket.trim()) ? "It is there already." : "It will be made."}
          required
        />
        <TextField
          label="Prefix"
          value={prefix}
          change={setPrefix}
          hint="Empty, or a folder such as data/. It becomes an input of the task."
        />
        <Button kind="main" icon="upload" type="submit">
          Upload
        </Button>
      </form>
    </Dialog>
  );
}

function fresh(known: string[]): string {
  const day = new Date().toISOString().slice(0, 10);
  for (let count = 1; ; count += 1) {
    const name = `inputs-${day}${count > 1 ? `-${count}` : ""}`;
    if (!known.includes(name)) return name;
  }
}
