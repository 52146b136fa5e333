import { Check, TextField } from "@/components/field";
import { BUCKETS, type Form } from "@/form/form";

/** Where results go. */
export function ResultsPlace({ form: { draft, set, problem } }: { form: Form }) {
  return (
    <div class="basics-row">
      <TextField
        label="Result bucket"
        value={draft.resultBucket}
        change={(resultBucket) => set({ resultBucket })}
        list={BUCKETS}
        placeholder="None: results are not kept"
        hint="Made if it is not there."
        problem={problem("resultBucket")}
        autocomplete="off"
        spellcheck={false}
      />
      <TextField
        label="Prefix of results"
        value={draft.resultPrefix}
        change={(resultPrefix) => set({ resultPrefix })}
        placeholder="None, or a folder/"
        problem={problem("resultPrefix")}
        autocomplete="off"
        spellcheck={false}
      />
    </div>
  );
}

/** Which files are results, and what is kept on the way. */
export function Results({ form: { draft, set, problem } }: { form: Form }) {
  const pattern = { placeholder: "regular expression", spellcheck: false, autocomplete: "off" };
  return (
    <>
      <div class="basics-row">
        <TextField
          {...pattern}
          label="Keep only"
          hint="Paths that match are results."
          value={draft.whitelist}
          change={(whitelist) => set({ whitelist })}
          problem={problem("whitelist")}
        />
        <TextField
          {...pattern}
          label="Leave out"
          hint="Paths that match are no results."
          value={draft.blacklist}
          change={(blacklist) => set({ blacklist })}
          problem={problem("blacklist")}
        />
      </div>
      <Check
        label="Store results of instances that are cancelled"
        checked={draft.uploadOnCancel}
        change={(uploadOnCancel) => set({ uploadOnCancel })}
      />
      <div class="basics-row">
        <TextField
          label="Snapshot every"
          type="number"
          min="0"
          value={draft.snapshotEveryS}
          change={(snapshotEveryS) => set({ snapshotEveryS })}
          placeholder="never"
          hint="Seconds"
          problem={problem("snapshotEveryS")}
        />
        <TextField
          {...pattern}
          label="Keep only in snapshots"
          value={draft.snapshotWhitelist}
          change={(snapshotWhitelist) => set({ snapshotWhitelist })}
          problem={problem("snapshotWhitelist")}
        />
        <TextField
          {...pattern}
          label="Leave out of snapshots"
          value={draft.snapshotBlacklist}
          change={(snapshotBlacklist) => set({ snapshotBlacklist })}
          problem={problem("snapshotBlacklist")}
        />
      </div>
    </>
  );
}

export const toldResults = ({ draft }: Form) =>
  [
    draft.whitelist && "keep some",
    draft.blacklist && "leave out some",
    draft.uploadOnCancel && "also when cancelled",
    draft.snapshotEveryS && `snapshot every ${draft.snapshotEveryS} s`,
  ]
    .filter(Boolean)
    .join(", ") || "all files, no snapshots";
