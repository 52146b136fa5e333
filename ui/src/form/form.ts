import { useLayoutEffect, useState } from "preact/hooks";
import { blank, type Draft, kept } from "@/submission/draft";

/** The form that is being filled in: what its parts read, and how they change it. */
export interface Form {
  draft: Draft;
  set: (changes: Partial<Draft>) => void;
  problem: (field: string) => string | undefined;
  uploading: (change: 1 | -1) => void;
}

export const BUCKETS = "form-buckets"; // the list of known buckets, for the fields that take one

const key = (source: string) => `stokehold.draft?${source}`;

/** The draft of this tab, which outlives a reload; another `source` has another. */
export function useDraft(
  source: string,
  first: () => Partial<Draft>,
): [Draft, (changes: Partial<Draft>) => void] {
  const [draft, setDraft] = useState<Draft>(() => found(source) ?? { ...blank(), ...first() });
  useLayoutEffect(() => {
    sessionStorage.setItem(key(source), JSON.stringify(kept(draft)));
  }, [source, draft]);
  return [draft, (changes) => setDraft((before) => ({ ...before, ...changes }))];
}

export const forget = (source: string) => sessionStorage.removeItem(key(source));

function found(source: string): Draft | undefined {
  try {
    const told = sessionStorage.getItem(key(source));
    return told ? { ...blank(), ...JSON.parse(told) } : undefined;
  } catch {
    return undefined;
  }
}
