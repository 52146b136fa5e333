import { Progress } from "@/components/bar";
import { Button } from "@/components/button";
import type { Upload } from "@/storage/uploads";
import { bytes, counted } from "@/words/amounts";
import "./uploads.css";

const SHOWN = 6; // uploads that are listed

/** How far uploads are, those that failed with their reasons. */
export function Uploads({
  uploads,
  onRetry,
  onClear,
}: {
  uploads: Upload[];
  onRetry: () => void;
  onClear: () => void;
}) {
  if (!uploads.length) return null;
  const failed = uploads.filter((one) => one.state === "failed");
  const going = uploads.filter((one) => one.state === "going" || one.state === "waiting");
  const size = uploads.reduce((sum, one) => sum + one.file.size, 0);
  const gone = uploads.reduce((sum, one) => sum + one.gone, 0);
  const listed = [...failed, ...going].slice(0, SHOWN);
  return (
    <div class="uploads" role="group" aria-label="Uploads">
      <div class="row spread">
        <span role="status">
          {going.length
            ? `Uploading ${counted(uploads.length, "file")}: ${bytes(gone)} of ${bytes(size)}`
            : failed.length
              ? `${counted(failed.length, "file")} could not be stored`
              : `${counted(uploads.length, "file")} stored`}
        </span>
        <span class="row">
          {failed.length > 0 && (
            <Button icon="retry" onClick={onRetry}>
              Try again
            </Button>
          )}
          {!going.length && (
            <Button kind="quiet" icon="close" aria-label="Dismiss uploads" onClick={onClear} />
          )}
        </span>
      </div>
      {going.length > 0 && <Progress label="Uploads" value={size ? (100 * gone) / size : 0} />}
      <ul>
        {listed.map((one) => (
          <li key={one.key} class="row spread small">
            <span class="cut mono">{one.key}</span>
            <span class={one.problem ? "uploads-problem" : "soft numbers"}>
              {one.problem ?? `${bytes(one.gone)} of ${bytes(one.file.size)}`}
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}
