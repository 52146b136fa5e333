import { useCallback, useState } from "preact/hooks";
import { DropBucket } from "@/buckets/drop";
import { BucketExtent } from "@/buckets/extent";
import { Button, ButtonLink } from "@/components/button";
import { Files } from "@/components/files";
import { Head } from "@/components/head";
import { Panel } from "@/components/panel";
import { go, place, to } from "@/route";
import type { Screen } from "@/screens";

function BucketPage({ params }: { params: Record<string, string> }) {
  const { name = "" } = params;
  const [dropping, setDropping] = useState(false);
  const [stamp, setStamp] = useState(0);
  const [changes, setChanges] = useState(0);
  const changed = useCallback(() => setChanges((times) => times + 1), []);
  const path = place.value.query.get("path") ?? "";
  return (
    <>
      <Head
        title={name}
        before={{ href: to(["buckets"]), title: "Buckets" }}
        beside={
          <span class="soft">
            <BucketExtent bucket={name} stamp={stamp + changes} />
          </span>
        }
        actions={
          <>
            <ButtonLink icon="plus" href={to(["new"], { input: name })}>
              Use as input of a new task
            </ButtonLink>
            <Button kind="danger" icon="trash" onClick={() => setDropping(true)}>
              Delete bucket
            </Button>
          </>
        }
      />
      <Panel flush>
        <Files
          key={name}
          bucket={name}
          path={path}
          onPath={(to) => go(["buckets", name], { path: to })}
          stamp={stamp}
          onChange={changed}
          writable
        />
      </Panel>
      {dropping && (
        <DropBucket
          bucket={name}
          onClose={() => {
            setDropping(false);
            setStamp(stamp + 1);
          }}
          onGone={() => go(["buckets"])}
        />
      )}
    </>
  );
}

export const screen: Screen = { path: "/buckets/:name", title: "Bucket", view: BucketPage };
