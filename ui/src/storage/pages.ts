import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { Problem } from "@/api/client";
import { type Listing, list, type StoredObject } from "@/storage/storage";

/** What is below a prefix, as far as it was read. */
export interface Pages {
  objects: StoredObject[];
  folders: string[];
  read: boolean; // whether the first page is there
  whole: boolean; // whether there is no further page
  problem: Problem | undefined;
  more: () => void;
  reload: () => void;
}

const NOTHING: Listing = { objects: [], folders: [], next: undefined };

/** Read a folder by pages; anew when `stamp` changes, while what was read stays to be seen. */
export function usePages(bucket: string, prefix: string, stamp?: unknown): Pages {
  const [shown, setShown] = useState<{ of: string; listing: Listing | undefined }>({
    of: "",
    listing: undefined,
  });
  const [problem, setProblem] = useState<Problem>();
  const [turn, setTurn] = useState(0);
  const busy = useRef<AbortController | null>(null);
  const of = `${bucket}/${prefix}`;
  const listing = shown.of === of ? shown.listing : undefined;

  const read = useCallback(
    (before: Listing) => {
      busy.current?.abort();
      const control = new AbortController();
      busy.current = control;
      list(bucket, { prefix, after: before.next, signal: control.signal })
        .then((page) => {
          if (control.signal.aborted) return;
          setProblem(undefined);
          setShown({ of, listing: joined(before, page) });
        })
        .catch((error) => {
          if (control.signal.aborted) return;
          setProblem(error instanceof Problem ? error : new Problem("The storage does not answer.", 0));
        })
        .finally(() => {
          if (busy.current === control) busy.current = null;
        });
    },
    [of],
  );
  useEffect(() => setProblem(undefined), [of]);
  useEffect(() => {
    read(NOTHING);
    return () => busy.current?.abort();
  }, [of, stamp, turn]);

  const more = useCallback(() => {
    if (listing?.next && !busy.current) read(listing);
  }, [listing, read]);
  const reload = useCallback(() => setTurn((n) => n + 1), []);
  return {
    objects: listing?.objects ?? [],
    folders: listing?.folders ?? [],
    read: Boolean(listing),
    whole: Boolean(listing && !listing.next),
    problem,
    more,
    reload,
  };
}

function joined(before: Listing, page: Listing): Listing {
  return {
    objects: [...before.objects, ...page.objects],
    folders: [...before.folders, ...page.folders],
    next: page.next,
  };
}
