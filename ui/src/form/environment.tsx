import type { Profile } from "@/api/types";
import { ConstantField, further } from "@/form/basics";
import type { Form } from "@/form/form";
import { Pairs } from "@/form/pairs";
import { SECRET } from "@/submission/draft";
import { counted } from "@/words/amounts";

/** What programs find in their environment, and the rest of the profile's constants. */
export function Environment({ form, profile }: { form: Form; profile: Profile }) {
  const { draft, set, problem } = form;
  return (
    <>
      <Pairs
        legend="Constants"
        hint="Variables in the environment of each instance. ${NAME} stands for them in the command and in other constants."
        noun="constant"
        pairs={draft.environment}
        change={(environment) => set({ environment })}
        problem={(pair) => problem(`constants.${pair.key}`)}
      />
      <Pairs
        legend="Secret constants"
        hint={`Never shown again. Programs find them under ${SECRET} and their name.`}
        noun="secret"
        secret
        pairs={draft.secrets}
        change={(secrets) => set({ secrets })}
        problem={(pair) => problem(`constants.${SECRET}${pair.key}`)}
      />
      {further(profile).length > 0 && (
        <div class="grid">
          {further(profile).map((one) => (
            <ConstantField key={one.name} one={one} form={form} />
          ))}
        </div>
      )}
    </>
  );
}

export function toldEnvironment({ draft }: Form): string {
  const constants = draft.environment.filter((one) => one.key).length;
  const secrets = draft.secrets.filter((one) => one.key).length;
  return (
    [constants && counted(constants, "constant"), secrets && counted(secrets, "secret")]
      .filter(Boolean)
      .join(", ") || "as the profile has it"
  );
}
