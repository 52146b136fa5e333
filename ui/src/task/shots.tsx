import type { Snapshot } from "@/api/types";
import { Progress } from "@/components/bar";
import { Button } from "@/components/button";
import { type Column, Rows } from "@/components/rows";
import { State } from "@/components/state";
import { Ago } from "@/components/time";
import { bytes, count } from "@/words/amounts";
import "./shots.css";

/** Whether a snapshot still goes on. */
export const open = ({ status }: Snapshot) => status === "Triggered" || status === "InProgress";

/** The snapshots that were taken. */
export function Shots({
  shots,
  chosen,
  onChoose,
}: {
  shots: Snapshot[];
  chosen: string | null;
  onChoose: (id: string) => void;
}) {
  return (
    <Rows
      label="Snapshots"
      columns={columns(chosen, onChoose)}
      rows={shots}
      identity={(shot) => shot.id}
      height={46}
    />
  );
}

function columns(chosen: string | null, onChoose: (id: string) => void): Column<Snapshot>[] {
  return [
    {
      name: "when",
      title: "Taken",
      width: "minmax(110px, 1.4fr)",
      narrow: true,
      cell: (shot) => (
        <span title={shot.id}>
          <Ago date={shot.triggerDate} />
          {shot.periodic && <span class="soft small">, by schedule</span>}
        </span>
      ),
    },
    {
      name: "state",
      title: "State",
      width: "130px",
      narrow: true,
      cell: (shot) => (open(shot) ? <How shot={shot} /> : <State state={shot.status} />),
    },
    {
      name: "files",
      title: "Files",
      width: "130px",
      cell: (shot) => (
        <span class="numbers">
          {count(shot.files)}
          {shot.filesLeft > 0 && (
            <span
              class="soft small"
              title="Files that were written to without a pause: the next snapshot has them"
            >
              {" "}
              and {count(shot.filesLeft)} left
            </span>
          )}
        </span>
      ),
    },
    {
      name: "size",
      title: "Stored",
      width: "90px",
      cell: (shot) => (
        <span class="numbers">{shot.transferredSize !== null && bytes(shot.transferredSize)}</span>
      ),
    },
    {
      name: "where",
      title: "Where",
      width: "minmax(120px, 2fr)",
      cell: ({ snapshotConfig: { bucket, bucketPrefix }, error }) =>
        error ? (
          <span class="shots-error" title={error}>
            {error}
          </span>
        ) : (
          <span class="mono">
            {bucket}/{bucketPrefix}
          </span>
        ),
    },
    {
      name: "files-of",
      title: <span class="unseen">Its files</span>,
      width: "96px",
      narrow: true,
      cell: (shot) => (
        <Button
          icon="folder"
          aria-pressed={chosen === shot.id}
          aria-label={`Files of the snapshot of ${new Date(shot.triggerDate).toLocaleString()}`}
          onClick={() => onChoose(shot.id)}
        >
          Files
        </Button>
      ),
    },
  ];
}

function How({ shot }: { shot: Snapshot }) {
  const size = shot.sizeToUpload ?? 0;
  const sent = shot.transferredSize ?? 0;
  return (
    <span class="shots-how">
      <Progress label="Snapshot" tone="uploading" value={size ? (100 * sent) / size : 0} />
      <span class="small soft numbers">{size ? `${bytes(sent)} of ${bytes(size)}` : "begins"}</span>
    </span>
  );
}
