import { useEffect, useRef, useState } from "preact/hooks";
import { Button } from "@/components/button";
import { Check } from "@/components/field";
import { Uploads } from "@/components/uploads";
import { BUCKETS, type Form } from "@/form/form";
import { Into } from "@/form/into";
import { type Chosen, dropped, picked, useUploads } from "@/storage/uploads";
import type { Input } from "@/submission/draft";
import "./inputs.css";

interface Batch {
  bucket: string;
  prefix: string;
  files: Chosen[];
}

/** The buckets that instances read. Files that are dropped here are stored in one. */
export function Inputs({ form, known, made }: { form: Form; known: string[]; made: () => void }) {
  const { draft, set, problem } = form;
  const [over, setOver] = useState(false);
  const [files, setFiles] = useState<Chosen[]>([]);
  const [batches, setBatches] = useState<Batch[]>([]);
  const put = (place: number, some: Partial<Input>) =>
    set({ inputs: draft.inputs.map((one, index) => (index === place ? { ...one, ...some } : one)) });
  const add = (bucket = "", prefix = "") => {
    if (!draft.inputs.some((one) => bucket && one.bucket === bucket && prefix.startsWith(one.prefix)))
      set({ inputs: [...draft.inputs, { bucket, prefix, strip: true }] });
  };
  return (
    <fieldset
      class={`inputs ${over ? "inputs-over" : ""}`}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={async (event) => {
        event.preventDefault();
        setOver(false);
        if (event.dataTransfer) setFiles(await dropped(event.dataTransfer));
      }}
    >
      <legend>Inputs</legend>
      {draft.inputs.length > 0 && (
        <ul>
          {draft.inputs.map((input, place) => (
            <Mount
              key={place}
              input={input}
              place={place}
              problem={problem(`inputs.${place}`)}
              put={(some) => put(place, some)}
              drop={() => set({ inputs: draft.inputs.filter((_, index) => index !== place) })}
            />
          ))}
        </ul>
      )}
      <div class="row">
        <Button icon="plus" onClick={() => add()}>
          Add a bucket
        </Button>
        <Choose label="Upload files" change={setFiles} />
        <Choose label="Upload a folder" folder change={setFiles} />
        <span class="inputs-drop field-hint">or drop files and folders here</span>
      </div>
      {batches.map((batch, index) => (
        <Sending key={index} batch={batch} form={form} />
      ))}
      {files.length > 0 && (
        <Into
          files={files}
          known={known}
          first={draft.inputs.findLast((one) => one.bucket)?.bucket}
          close={() => setFiles([])}
          send={(bucket, prefix) => {
            setBatches([...batches, { bucket, prefix, files }]);
            setFiles([]);
            add(bucket, prefix);
            made();
          }}
        />
      )}
    </fieldset>
  );
}

interface MountProps {
  input: Input;
  place: number;
  problem: string | undefined;
  put: (some: Partial<Input>) => void;
  drop: () => void;
}

function Mount({ input, place, problem, put, drop }: MountProps) {
  return (
    <li>
      <input
        class="input"
        aria-label={`Input bucket ${place + 1}`}
        aria-invalid={Boolean(problem)}
        placeholder="Bucket"
        list={BUCKETS}
        autocomplete="off"
        spellcheck={false}
        value={input.bucket}
        onInput={(event) => put({ bucket: event.currentTarget.value })}
      />
      <input
        class="input"
        aria-label={`Prefix of input bucket ${place + 1}`}
        placeholder="All of it, or a prefix/"
        autocomplete="off"
        spellcheck={false}
        value={input.prefix}
        onInput={(event) => put({ prefix: event.currentTarget.value })}
      />
      <Button kind="quiet" icon="close" aria-label={`Remove input bucket ${place + 1}`} onClick={drop} />
      {input.prefix && (
        <div class="inputs-under">
          <Check label="Paths without the prefix" checked={input.strip} change={(strip) => put({ strip })} />
        </div>
      )}
      {problem && <p class="inputs-under field-problem">{problem}</p>}
    </li>
  );
}

interface ChooseProps {
  label: string;
  folder?: boolean;
  change: (files: Chosen[]) => void;
}

function Choose({ label, folder, change }: ChooseProps) {
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (folder && input.current) input.current.webkitdirectory = true;
  }, [folder]);
  return (
    <>
      <Button icon={folder ? "folder" : "upload"} onClick={() => input.current?.click()}>
        {label}
      </Button>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        aria-label={label}
        onChange={(event) => {
          change(picked(event.currentTarget.files));
          event.currentTarget.value = "";
        }}
      />
    </>
  );
}

/** Files on their way; the task waits for them. */
function Sending({ batch, form }: { batch: Batch; form: Form }) {
  const { uploads, add, retry, clear } = useUploads(batch.bucket, NOTHING);
  const going = uploads.some((one) => one.state === "waiting" || one.state === "going");
  useEffect(() => add(batch.files, batch.prefix), []);
  useEffect(() => {
    if (!going) return;
    form.uploading(1);
    return () => form.uploading(-1);
  }, [going]);
  return <Uploads uploads={uploads} onRetry={retry} onClear={clear} />;
}

const NOTHING = () => {};
