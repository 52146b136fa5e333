import { useEffect } from "preact/hooks";
import { now } from "@/clock";
import { Bar } from "@/components/bar";
import type { Column } from "@/components/rows";
import { State } from "@/components/state";
import { Tags } from "@/components/tags";
import { Ago } from "@/components/time";
import type { Listing } from "@/listing/listing";
import { type Order, sorted, type Wanted } from "@/listing/query";
import { divided, ended, type Row } from "@/listing/row";
import type { Selection } from "@/listing/selection";
import { place, refine, to } from "@/route";
import { count, duration, moment, seconds } from "@/words/amounts";
import { final } from "@/words/states";
import "./columns.css";

/** What the list says of each task. */
export function columns(listing: Listing, selection: Selection): Column<Row>[] {
  const by = (order: Order) => sorting(listing.wanted, order);
  return [
    {
      name: "pick",
      title: <PickAll listing={listing} selection={selection} />,
      width: "24px",
      narrow: true,
      cell: (row) => <Pick row={row} listing={listing} selection={selection} />,
    },
    {
      name: "name",
      title: "Name",
      width: "minmax(0, 2.2fr)",
      narrow: true,
      grow: true,
      ...by("name"),
      cell: (row) => <Name row={row} listing={listing} />,
    },
    {
      name: "state",
      title: "State",
      width: "156px",
      narrow: true,
      ...by("state"),
      cell: (row) => <State state={row.state} />,
    },
    { name: "instances", title: "Instances", width: "minmax(110px, 1fr)", cell: Instances },
    { name: "tags", title: "Tags", width: "minmax(0, 1fr)", cell: TagsOf },
    { name: "time", title: "Run time", width: "108px", ...by("executionTime"), cell: Times },
    {
      name: "created",
      title: "Created",
      width: "128px",
      ...by("creationDate"),
      cell: (row) => <Ago date={row.creationDate} />,
    },
  ];
}

function sorting(wanted: Wanted, by: Order): Pick<Column<Row>, "sort" | "onSort"> {
  const sort = wanted.by !== by ? "none" : wanted.descending ? "desc" : "asc";
  return { sort, onSort: () => refine(sorted(wanted, by)) };
}

interface Picking {
  listing: Listing;
  selection: Selection;
}

function PickAll({ listing, selection }: Picking) {
  const uuids = listing.rows.value.map((row) => row.uuid);
  const all = uuids.length > 0 && uuids.every(selection.has);
  return (
    <input
      type="checkbox"
      class="columns-pick"
      aria-label="Select all that are shown"
      checked={all}
      indeterminate={!all && selection.uuids.value.size > 0}
      onChange={(event) => selection.set(uuids, event.currentTarget.checked)}
    />
  );
}

function Pick({ row, listing, selection }: Picking & { row: Row }) {
  return (
    <input
      type="checkbox"
      class="columns-pick"
      aria-label={`Select ${row.name}`}
      checked={selection.has(row.uuid)}
      onClick={(event) => {
        const order = listing.rows.value.map((one) => one.uuid);
        selection.pick(order, row.uuid, event.currentTarget.checked, event.shiftKey);
      }}
    />
  );
}

function Name({ row, listing }: { row: Row; listing: Listing }) {
  useEffect(() => listing.looks.draw(row.uuid), [listing, row.uuid]);
  const short = row.shortname === row.uuid ? row.uuid.slice(0, 8) : row.shortname;
  return (
    <>
      <a class="columns-name cut" href={to(["tasks", row.uuid])} title={row.name}>
        {row.name}
      </a>
      <span class="columns-under cut">
        {short} · {row.profile}
      </span>
    </>
  );
}

function Instances(row: Row) {
  const over = ended(row);
  const total = count(row.totalInstanceCount);
  return (
    <>
      <Bar shares={divided(row)} total={row.totalInstanceCount} />
      <span class="columns-under numbers">{over === undefined ? total : `${count(over)} of ${total}`}</span>
    </>
  );
}

function TagsOf(row: Row) {
  if (!row.tags?.length) return null;
  const query = Object.fromEntries(place.value.query);
  return <Tags tags={row.tags} href={(tag) => to(["tasks"], { ...query, tag })} />;
}

/** Since its creation, until its end or now; beneath, the time that its instances were at work, in all. */
function Times(row: Row) {
  return <Elapsed row={row} />;
}

function Elapsed({ row }: { row: Row }) {
  const end = final(row.state) ? moment(row.endDate) : now.value;
  const wall = Math.max(0, (end - moment(row.creationDate)) / 1000);
  const work = seconds(row.executionTime);
  return (
    <span class="numbers">
      <span title="From the submission on">{duration(final(row.state) ? wall : Math.floor(wall))}</span>
      {work > 0 && (
        <span class="columns-under" title="Of all instances together">
          {duration(work)} of work
        </span>
      )}
    </span>
  );
}
