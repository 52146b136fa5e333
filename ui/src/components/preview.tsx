import { useEffect, useRef, useState } from "preact/hooks";
import { Button, ButtonLink } from "@/components/button";
import { Dialog } from "@/components/dialog";
import { Empty, Loaded } from "@/components/empty";
import { useResource } from "@/live/resource";
import { download, peek, type StoredObject } from "@/storage/storage";
import { bytes, count } from "@/words/amounts";
import { parsed } from "@/words/tables";
import "./preview.css";

const TEXT_MOST = 256 * 1024;
const IMAGE_MOST = 32 * 1024 * 1024;
const ROWS_MOST = 500;
const IMAGES: Record<string, string> = {
  png: "image/png",
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  gif: "image/gif",
  webp: "image/webp",
  avif: "image/avif",
  bmp: "image/bmp",
  ico: "image/x-icon",
  svg: "image/svg+xml",
};

interface Props {
  bucket: string;
  files: StoredObject[]; // among which one goes back and forth
  at: number;
  onMove: (at: number) => void;
  onClose: () => void;
}

/** A look into a file; the arrow keys lead to the one before and the one after. */
export function Preview({ bucket, files, at, onMove, onClose }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const file = files[at];
  const step = (by: number) => files[at + by] && onMove(at + by);
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const inside = event.target instanceof Element ? event.target.closest(".preview-scroll") : null;
      if (inside && inside.scrollWidth > inside.clientWidth) return; // there the keys scroll
      if (event.key === "ArrowLeft") step(-1);
      if (event.key === "ArrowRight") step(1);
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  });
  if (!file) return null;
  const name = file.key.split("/").pop() || file.key;
  return (
    <Dialog title={name} onClose={onClose} wide>
      <div ref={box} class="preview">
        <div class="row spread small soft">
          <span>
            {bytes(file.size)} · {new Date(file.modified).toLocaleString()}
          </span>
          <span class="row">
            <Button
              kind="quiet"
              icon="back"
              aria-label="Previous file"
              disabled={at === 0}
              onClick={() => step(-1)}
            />
            <span class="numbers">
              {count(at + 1)} of {count(files.length)}
            </span>
            <Button
              kind="quiet"
              icon="next"
              aria-label="Next file"
              disabled={at === files.length - 1}
              onClick={() => step(1)}
            />
            <ButtonLink icon="download" download href={download(bucket, file.key)}>
              Download
            </ButtonLink>
          </span>
        </div>
        <Inside key={file.key + file.etag} bucket={bucket} file={file} />
      </div>
    </Dialog>
  );
}

function Inside({ bucket, file }: { bucket: string; file: StoredObject }) {
  const ending = file.key.toLowerCase().split(".").pop() ?? "";
  const type = IMAGES[ending];
  const image = type !== undefined && file.size <= IMAGE_MOST;
  const found = useResource(
    (signal) => peek(bucket, file.key, image ? IMAGE_MOST : TEXT_MOST, signal),
    [bucket, file.key, file.etag],
  );
  return (
    <div class="preview-inside">
      <Loaded from={found}>
        {(data) => (image ? <Picture data={data} type={type} /> : <Text data={data} ending={ending} />)}
      </Loaded>
    </div>
  );
}

/** An image, drawings too: as an image a drawing cannot run scripts. */
function Picture({ data, type }: { data: Uint8Array; type: string }) {
  const [url, setUrl] = useState<string>();
  useEffect(() => {
    const made = URL.createObjectURL(new Blob([data as BlobPart], { type }));
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [data]);
  return <div class="preview-picture">{url && <img src={url} alt="What the file shows" />}</div>;
}

function Text({ data, ending }: { data: Uint8Array; ending: string }) {
  const whole = data.length < TEXT_MOST;
  const text = new TextDecoder().decode(data, { stream: !whole });
  if (!data.length) return <Empty title="The file is empty" />;
  if (data.subarray(0, 8192).includes(0))
    return <Empty title="This is no text: download it to look inside" />;
  const cut = !whole && <p class="soft small">The first {bytes(TEXT_MOST)} are shown.</p>;
  if (ending === "csv" || ending === "tsv")
    return (
      <>
        {cut}
        <Cells rows={parsed(text, ending === "csv" ? "," : "\t", ROWS_MOST, whole)} />
      </>
    );
  return (
    <>
      {cut}
      <pre class="preview-scroll preview-text" tabIndex={0} role="region" aria-label="The text of the file">
        {ending === "json" && whole ? indented(text) : text}
      </pre>
    </>
  );
}

function Cells({ rows: [head = [], ...rows] }: { rows: string[][] }) {
  return (
    <div class="preview-scroll" tabIndex={0} role="region" aria-label="The table of the file">
      <table class="preview-table">
        <thead>
          <tr>
            {head.map((cell, column) => (
              <th key={column} scope="col">
                {cell}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, number) => (
            <tr key={number}>
              {row.map((cell, column) => (
                <td key={column}>{cell}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function indented(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
