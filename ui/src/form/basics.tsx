import type { Profile } from "@/api/types";
import { AreaField, ChoiceField, TextField } from "@/components/field";
import type { Form } from "@/form/form";
import { named } from "@/submission/body";
import { COMMAND } from "@/submission/draft";
import "./basics.css";

/** Constants that have their places here, by how they are called. */
const KNOWN: Record<string, string> = {
  [COMMAND]: "Command",
  DOCKER_REPO: "Image",
  DOCKER_TAG: "Image tag",
};

type Constant = Profile["constants"][number];

/** What most tasks say: what to run, in what, how often. */
export function Basics({ form, profile, names }: { form: Form; profile: Profile; names: string[] }) {
  const { draft, set, problem } = form;
  const has = (name: string) => profile.constants.find((one) => one.name === name);
  const command = has(COMMAND);
  const image = ["DOCKER_REPO", "DOCKER_TAG"].map(has).filter((one) => one !== undefined);
  return (
    <>
      <div class="basics-row">
        <TextField
          label="Name"
          value={draft.name}
          change={(name) => set({ name })}
          placeholder={named(draft.values[COMMAND] ?? "")}
          problem={problem("name")}
          autocomplete="off"
        />
        <ChoiceField
          label="Profile"
          value={draft.profile}
          change={(name) => set({ profile: name })}
          options={names.includes(draft.profile) ? names : [draft.profile, ...names]}
          problem={problem("profile")}
        />
      </div>
      {command && (
        <AreaField
          label="Command"
          mono
          rows={2}
          value={draft.values[COMMAND] ?? ""}
          change={(text) => set({ values: changed(draft.values, COMMAND, text) })}
          placeholder="python sim.py ${INSTANCE_ID}"
          problem={problem(`constants.${COMMAND}`)}
          hint={
            <>
              Its words are split as in a shell, but no shell runs it. <code>{"${INSTANCE_ID}"}</code> is the
              number of the instance.
            </>
          }
        />
      )}
      <div class="basics-row">
        {image.map((one) => (
          <ConstantField key={one.name} one={one} form={form} bare />
        ))}
        <TextField
          label="Instances"
          value={draft.instances}
          change={(instances) => set({ instances })}
          problem={problem("instances")}
          hint="A number, or ids: 0-9,15"
          inputmode="text"
          autocomplete="off"
        />
      </div>
    </>
  );
}

/** A constant of the profile. What is left empty is as the profile has it. */
export function ConstantField({ one, form, bare }: { one: Constant; form: Form; bare?: boolean }) {
  const { draft, set, problem } = form;
  return (
    <TextField
      label={KNOWN[one.name] ?? one.name}
      value={draft.values[one.name] ?? ""}
      change={(text) => set({ values: changed(draft.values, one.name, text) })}
      placeholder={one.value}
      hint={bare ? undefined : one.description}
      problem={problem(`constants.${one.name}`)}
      spellcheck={false}
      autocomplete="off"
    />
  );
}

/** Constants of the profile that have no place among the basics. */
export const further = (profile: Profile) => profile.constants.filter((one) => !(one.name in KNOWN));

function changed(values: Record<string, string>, name: string, text: string): Record<string, string> {
  const { [name]: _, ...rest } = values;
  return text ? { ...values, [name]: text } : rest;
}
