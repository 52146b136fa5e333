import { useEffect, useState } from "preact/hooks";
import { blank, type Draft, kept } from "@/submission/draft";

/** The form that is being filled in: what its parts read, and how they change it. */
export interface Form {
  draft: Draft;
  set: (changes: Partial<Draft>) => void;
  problem: (field: string) => string | undefined;
  uploading: (change: 1 | -1) => void;
}

interface Kept {
  source: string;
  draft: Draft;
}

const KEY = "stokehold.draft";

/** The draft of this tab, which outlives a reload; another `source` has another. */
export function useDraft(
  source: string,
  first: () => Partial<Draft>,
): [Draft, (changes: Partial<Draft>) => void] {
  const [draft, setDraft] = useState<Draft>(() => found(source) ?? { ...blank(), ...first() });
  useEffect(() => {
    sessionStorage.setItem(KEY, JSON.stringify({ source, draft: kept(draft) } satisfies Kept));
  }, [source, draft]);
  return [draft, (changes) => setDraft((before) => ({ ...before, ...changes }))];
}

export const forget = () => sessionStorage.removeItem(KEY);

function found(source: string): Draft | undefined {
  try {
    const told = JSON.parse(sessionStorage.getItem(KEY) ?? "null") as Kept | null;
    return told?.source === source ? { ...blank(), ...told.draft } : undefined;
  } catch {
    return undefined;
  }
}
