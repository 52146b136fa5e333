import { Button } from "@/components/button";
import { Icon } from "@/components/icon";
import { type Column, Rows } from "@/components/rows";
import { Ago } from "@/components/time";
import { type Entry, type Order, take } from "@/storage/entries";
import { bytes } from "@/words/amounts";

interface Props {
  label: string;
  chosen: ReadonlySet<string>;
  order: Order;
  entries: Entry[];
  sortable: boolean;
  choose: (keys: ReadonlySet<string>) => void;
  sort: (order: Order) => void;
  open: (entry: Entry) => void;
  bucket: string;
  more: (() => void) | undefined;
}

/** The folders and files of one folder. */
export function FileRows(props: Props) {
  return (
    <Rows
      label={props.label}
      rows={props.entries}
      identity={(entry) => entry.key}
      more={props.more}
      height={44}
      columns={columns(props)}
    />
  );
}

function columns({ chosen, order, entries, sortable, choose, sort, open, bucket }: Props): Column<Entry>[] {
  const flip = (key: string, on: boolean) => {
    const next = new Set(chosen);
    on ? next.add(key) : next.delete(key);
    choose(next);
  };
  const sorting = (by: Order["by"]) =>
    sortable
      ? {
          sort: order.by === by ? (order.down ? ("desc" as const) : ("asc" as const)) : ("none" as const),
          onSort: () => sort({ by, down: order.by === by && !order.down }),
        }
      : {};
  return [
    {
      name: "chosen",
      title: (
        <input
          type="checkbox"
          aria-label="Choose all"
          checked={chosen.size > 0 && chosen.size === entries.length}
          onChange={(event) =>
            choose(new Set(event.currentTarget.checked ? entries.map((one) => one.key) : []))
          }
        />
      ),
      width: "24px",
      cell: (entry) => (
        <input
          type="checkbox"
          aria-label={`Choose ${entry.name}`}
          checked={chosen.has(entry.key)}
          onChange={(event) => flip(entry.key, event.currentTarget.checked)}
        />
      ),
    },
    {
      name: "name",
      title: "Name",
      width: "minmax(0, 1fr)",
      narrow: true,
      grow: true,
      ...sorting("name"),
      cell: (entry) => (
        <button type="button" class="files-name" onClick={() => open(entry)}>
          <Icon name={entry.file ? "file" : "folder"} />
          <span class="cut">{entry.name}</span>
        </button>
      ),
    },
    {
      name: "size",
      title: "Size",
      width: "90px",
      narrow: true,
      ...sorting("size"),
      cell: (entry) => <span class="numbers soft">{entry.file ? bytes(entry.file.size) : ""}</span>,
    },
    {
      name: "modified",
      title: "Changed",
      width: "150px",
      ...sorting("modified"),
      cell: (entry) => <span class="soft">{entry.file && <Ago date={entry.file.modified} />}</span>,
    },
    {
      name: "take",
      title: <span class="unseen">Download</span>,
      width: "36px",
      cell: (entry) =>
        entry.file && (
          <Button
            kind="quiet"
            icon="download"
            aria-label={`Download ${entry.name}`}
            title="Download"
            onClick={() => take(bucket, entry.key)}
          />
        ),
    },
  ];
}
