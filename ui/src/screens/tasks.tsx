import { useEffect, useMemo, useRef } from "preact/hooks";
import { Button, ButtonLink } from "@/components/button";
import { Empty } from "@/components/empty";
import { Head } from "@/components/head";
import { Panel } from "@/components/panel";
import { Rows } from "@/components/rows";
import { BulkBar } from "@/listing/bulkbar";
import { columns } from "@/listing/columns";
import { Filters } from "@/listing/filters";
import { Listing } from "@/listing/listing";
import { read, whole } from "@/listing/query";
import { Selection } from "@/listing/selection";
import { subscribe } from "@/live/feed";
import { place, to } from "@/route";
import type { Screen } from "@/screens";
import { count, counted } from "@/words/amounts";
import "./tasks.css";

function Tasks() {
  const asked = place.value.query.toString();
  const [listing, selection] = useMemo(
    () => [new Listing(read(place.value.query)), new Selection()] as const,
    [asked],
  );
  useEffect(() => {
    const undo = subscribe((change) => listing.hear(change));
    return () => {
      undo();
      listing.close();
    };
  }, [listing]);
  const total = listing.total.value;
  const here = useRef({ listing, selection });
  if (total !== undefined || listing.problem.value) here.current = { listing, selection };
  return (
    <>
      <Head
        title="Tasks"
        beside={
          <span class="soft numbers" role="status">
            {total !== undefined && (whole(listing.wanted) ? count(total) : `${count(total)} match`)}
          </span>
        }
        actions={
          <ButtonLink kind="main" icon="plus" href={to(["new"])}>
            New task
          </ButtonLink>
        }
      />
      <Filters wanted={listing.wanted} tags={tagsOf(listing)} />
      <div>
        <Fresh listing={listing} />
        <Panel flush>
          <Found {...here.current} />
        </Panel>
      </div>
      <BulkBar {...here.current} />
    </>
  );
}

function Found({ listing, selection }: { listing: Listing; selection: Selection }) {
  const rows = listing.rows.value;
  const problem = listing.problem.value;
  const shown = useMemo(() => columns(listing, selection), [listing, selection]);
  if (rows.length)
    return (
      <Rows
        label="Tasks"
        columns={shown}
        rows={rows}
        identity={(row) => row.uuid}
        more={listing.ended.value ? undefined : listing.more}
        total={listing.total.value ?? rows.length}
      />
    );
  if (problem)
    return (
      <Empty icon="alert" title="The tasks could not be read">
        <p>{problem.message}</p>
        <Button icon="retry" onClick={listing.reload}>
          Try again
        </Button>
      </Empty>
    );
  if (listing.total.value === undefined)
    return (
      <div class="empty soft" role="status">
        Loading…
      </div>
    );
  if (whole(listing.wanted))
    return (
      <Empty icon="tasks" title="No tasks yet">
        <p>A task runs one command in as many instances as you like.</p>
        <ButtonLink icon="plus" href={to(["new"])}>
          New task
        </ButtonLink>
      </Empty>
    );
  return (
    <Empty icon="search" title="No task matches">
      <p>Look for something else, or with fewer filters.</p>
    </Empty>
  );
}

/** Tasks that came since, which the reader may ask for: nothing moves by itself while one reads. */
function Fresh({ listing }: { listing: Listing }) {
  if (!listing.fresh.value) return null;
  const show = () => {
    scrollTo(0, 0);
    listing.reload();
  };
  return (
    <div class="tasks-fresh">
      <Button kind="main" icon="retry" onClick={show}>
        {counted(listing.fresh.value, "new task")}
      </Button>
    </div>
  );
}

function tagsOf(listing: Listing): string[] {
  return [...new Set(listing.rows.value.slice(0, 500).flatMap((row) => row.tags ?? []))].sort();
}

export const screen: Screen = {
  path: "/tasks",
  title: "Tasks",
  icon: "tasks",
  order: 10,
  key: "t",
  view: Tasks,
};
