import { useState } from "preact/hooks";
import { CreateBucket } from "@/buckets/create";
import { DropBucket } from "@/buckets/drop";
import { BucketExtent } from "@/buckets/extent";
import { Button } from "@/components/button";
import { Empty, Loaded } from "@/components/empty";
import { Head } from "@/components/head";
import { Panel } from "@/components/panel";
import { type Column, Rows } from "@/components/rows";
import { Ago } from "@/components/time";
import { useResource } from "@/live/resource";
import { place, refine, to } from "@/route";
import type { Screen } from "@/screens";
import { type Bucket, buckets } from "@/storage/storage";
import { counted } from "@/words/amounts";
import "./buckets.css";

function Buckets() {
  const found = useResource(buckets, []);
  const [making, setMaking] = useState(false);
  const [dropping, setDropping] = useState<string>();
  const name = place.value.query.get("name") ?? "";
  const columns: Column<Bucket>[] = [
    {
      name: "name",
      title: "Name",
      width: "minmax(0, 2fr)",
      narrow: true,
      grow: true,
      cell: (one) => (
        <a href={to(["buckets", one.name])} title={one.name}>
          {one.name}
        </a>
      ),
    },
    {
      name: "extent",
      title: "In it",
      width: "minmax(0, 1fr)",
      cell: (one) => <BucketExtent bucket={one.name} />,
    },
    { name: "created", title: "Created", width: "140px", cell: (one) => <Ago date={one.created} /> },
    {
      name: "use",
      title: "Use",
      width: "150px",
      cell: (one) => (
        <a href={to(["new"], { input: one.name })} aria-label={`New task with it: ${one.name}`}>
          New task with it
        </a>
      ),
    },
    {
      name: "drop",
      title: <span class="unseen">Delete</span>,
      width: "40px",
      narrow: true,
      cell: (one) => (
        <Button
          kind="quiet"
          icon="trash"
          aria-label={`Delete ${one.name}`}
          title="Delete"
          onClick={() => setDropping(one.name)}
        />
      ),
    },
  ];
  return (
    <>
      <Head
        title="Buckets"
        beside={found.data && <span class="soft">{counted(found.data.length, "bucket")}</span>}
        actions={
          <Button kind="main" icon="plus" onClick={() => setMaking(true)}>
            New bucket
          </Button>
        }
      >
        <p class="soft">Buckets hold the files that tasks read, and those that they write.</p>
      </Head>
      {Boolean(found.data?.length) && (
        <input
          class="input buckets-search"
          type="search"
          aria-label="Search buckets by name"
          placeholder="Search by name"
          value={name}
          onInput={(event) => refine({ name: event.currentTarget.value })}
        />
      )}
      <Panel flush>
        <Loaded from={found}>
          {(all) => {
            const rows = all.filter((one) => one.name.includes(name.toLowerCase()));
            if (rows.length)
              return <Rows label="Buckets" columns={columns} rows={rows} identity={(one) => one.name} />;
            return all.length ? (
              <Empty icon="search" title="No bucket has such a name" />
            ) : (
              <Empty icon="bucket" title="No bucket yet">
                <p>Make one, and drop files into it.</p>
                <Button icon="plus" onClick={() => setMaking(true)}>
                  New bucket
                </Button>
              </Empty>
            );
          }}
        </Loaded>
      </Panel>
      {making && (
        <CreateBucket taken={(found.data ?? []).map((one) => one.name)} onClose={() => setMaking(false)} />
      )}
      {dropping && (
        <DropBucket
          bucket={dropping}
          onClose={() => {
            setDropping(undefined);
            found.reload();
          }}
          onGone={() => {
            setDropping(undefined);
            found.reload();
          }}
        />
      )}
    </>
  );
}

export const screen: Screen = {
  path: "/buckets",
  title: "Buckets",
  icon: "bucket",
  order: 40,
  key: "b",
  view: Buckets,
};
