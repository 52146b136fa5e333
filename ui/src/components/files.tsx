import type { ComponentChildren } from "preact";
import { useCallback, useMemo, useRef, useState } from "preact/hooks";
import { Button } from "@/components/button";
import { confirmed } from "@/components/dialog";
import { Empty } from "@/components/empty";
import { FileRows } from "@/components/filerows";
import { Preview } from "@/components/preview";
import { act } from "@/components/toast";
import { Uploads } from "@/components/uploads";
import { dropAll, last, type Order, sorted, take } from "@/storage/entries";
import { usePages } from "@/storage/pages";
import { dropped, picked, useUploads } from "@/storage/uploads";
import { count, counted } from "@/words/amounts";
import "./files.css";

interface Props {
  bucket: string;
  prefix?: string; // of all keys that are shown; what follows is the path
  path?: string; // the folder that is shown, ending in "/"; empty for the top
  onPath?: (path: string) => void;
  writable?: boolean;
  stamp?: unknown; // the folder is read again when this changes
  onChange?: () => void; // after uploads and deletions
  empty?: ComponentChildren; // what to say of a top without files
}

/** The folders and files of a bucket below a prefix: to look into, to take along, and if `writable` to change. */
export function Files({ bucket, prefix = "", path, onPath, writable, stamp, onChange, empty }: Props) {
  const [own, setOwn] = useState("");
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [shown, setShown] = useState<string>();
  const [order, setOrder] = useState<Order>({ by: "name", down: false });
  const [over, setOver] = useState(false);
  const here = path ?? own;
  const full = prefix + here;
  const pages = usePages(bucket, full, stamp);
  const changed = useCallback(() => {
    pages.reload();
    onChange?.();
  }, [pages.reload, onChange]);
  const { uploads, add, retry, clear } = useUploads(bucket, changed);
  const entries = useMemo(
    () => sorted(pages.folders, pages.objects, full, order),
    [pages.folders, pages.objects, full, order],
  );
  const files = useMemo(() => entries.flatMap((entry) => entry.file ?? []), [entries]);

  const open = (to: string) => {
    setChosen(new Set());
    setOwn(to);
    onPath?.(to);
  };
  const drop = async (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    if (event.dataTransfer) add(await dropped(event.dataTransfer), full);
  };
  const remove = async () => {
    const keys = [...chosen];
    const what = keys.length === 1 ? `“${last(keys[0] ?? "")}”` : `${counted(keys.length, "item")}`;
    if (!(await confirmed(`Delete ${what}?`, "This cannot be undone.", "Delete"))) return;
    await act(async () => {
      for (const key of keys) await dropAll(bucket, key);
    }, "Deleted");
    setChosen(new Set());
    changed();
  };
  const takeChosen = () => {
    for (const key of chosen) if (!key.endsWith("/")) take(bucket, key);
  };
  const at = files.findIndex((file) => file.key === shown);
  return (
    <div
      role="group"
      aria-label={`Folder of ${bucket}`}
      class={`files ${over ? "files-over" : ""}`}
      onDragOver={(event) => {
        if (!writable) return;
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={writable ? drop : undefined}
    >
      <div class="files-bar row spread">
        <Crumbs root={prefix ? `${bucket}/${prefix}` : bucket} path={here} onOpen={open} />
        <span class="row">
          {chosen.size > 0 && <span class="soft small">{count(chosen.size)} chosen</span>}
          {[...chosen].some((key) => !key.endsWith("/")) && (
            <Button icon="download" onClick={takeChosen}>
              Download chosen
            </Button>
          )}
          {writable && chosen.size > 0 && (
            <Button kind="danger" icon="trash" onClick={remove}>
              Delete chosen
            </Button>
          )}
          {writable && <Choose onChosen={(list) => add(picked(list), full)} />}
        </span>
      </div>
      {pages.problem ? (
        <Empty
          icon="alert"
          title={pages.problem.status === 404 ? "There is no such bucket yet" : "This could not be read"}
        >
          <p>{pages.problem.message}</p>
          <Button icon="retry" onClick={pages.reload}>
            Try again
          </Button>
        </Empty>
      ) : !pages.read ? (
        <div class="empty soft" role="status">
          Loading…
        </div>
      ) : entries.length ? (
        <FileRows
          label={`Files in ${full || bucket}`}
          bucket={bucket}
          entries={entries}
          chosen={chosen}
          order={order}
          sortable={pages.whole}
          choose={setChosen}
          sort={setOrder}
          open={(entry) => (entry.file ? setShown(entry.key) : open(entry.key.slice(prefix.length)))}
          more={pages.whole ? undefined : pages.more}
        />
      ) : (
        <Empty icon="folder" title={here ? "This folder is empty" : "No files yet"}>
          {!here && (empty ?? (writable ? "Drop files here, or choose them with the button." : ""))}
        </Empty>
      )}
      <Uploads uploads={uploads} onRetry={retry} onClear={clear} />
      {at >= 0 && (
        <Preview
          bucket={bucket}
          files={files}
          at={at}
          onMove={(to) => setShown(files[to]?.key)}
          onClose={() => setShown(undefined)}
        />
      )}
    </div>
  );
}

function Crumbs({ root, path, onOpen }: { root: string; path: string; onOpen: (path: string) => void }) {
  const parts = path.split("/").filter(Boolean);
  return (
    <nav class="files-crumbs" aria-label="Folder">
      <button type="button" onClick={() => onOpen("")} aria-current={parts.length ? undefined : "page"}>
        {root}
      </button>
      {parts.map((part, index) => (
        <span key={`${index}${part}`}>
          <span aria-hidden="true">/</span>
          <button
            type="button"
            aria-current={index === parts.length - 1 ? "page" : undefined}
            onClick={() => onOpen(`${parts.slice(0, index + 1).join("/")}/`)}
          >
            {part}
          </button>
        </span>
      ))}
    </nav>
  );
}

function Choose({ onChosen }: { onChosen: (files: FileList | null) => void }) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <input
        ref={input}
        class="unseen"
        type="file"
        multiple
        tabIndex={-1}
        aria-label="Files to upload"
        onChange={(event) => {
          onChosen(event.currentTarget.files);
          event.currentTarget.value = "";
        }}
      />
      <Button icon="upload" onClick={() => input.current?.click()}>
        Upload files
      </Button>
    </>
  );
}
