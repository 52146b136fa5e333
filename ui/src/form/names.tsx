import { Check, TextField } from "@/components/field";
import type { Form } from "@/form/form";
import { Pairs } from "@/form/pairs";
import { listed } from "@/submission/body";

/** By what it is found later, and what it may know. */
export function Names({ form: { draft, set, problem } }: { form: Form }) {
  return (
    <>
      <div class="basics-row">
        <TextField
          label="Tags"
          value={draft.tags}
          change={(tags) => set({ tags })}
          placeholder="none"
          hint="With commas between, ten at most."
          problem={problem("tags")}
          autocomplete="off"
        />
        <TextField
          label="Short name"
          value={draft.shortname}
          change={(shortname) => set({ shortname })}
          placeholder="none"
          hint="Letters, digits and hyphens; no other task has it."
          problem={problem("shortname")}
          autocomplete="off"
          spellcheck={false}
        />
      </div>
      <Pairs
        legend="Labels"
        hint="Names and values that mean nothing to the platform."
        noun="label"
        pairs={draft.labels}
        change={(labels) => set({ labels })}
        problem={() => problem("labels")}
      />
      <Check
        label="Instances get the address and a token of this account in their environment"
        checked={draft.credentials}
        change={(credentials) => set({ credentials })}
      />
    </>
  );
}

export const toldNames = ({ draft }: Form) =>
  [
    listed(draft.tags).join(", "),
    draft.shortname,
    ...draft.labels.filter((one) => one.key).map(({ key, value }) => `${key}=${value}`),
    draft.credentials && "credentials",
  ]
    .filter(Boolean)
    .join(", ") || "none";
