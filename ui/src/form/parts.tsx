import { useRef } from "preact/hooks";
import { answer, api } from "@/api/client";
import type { Profile } from "@/api/types";
import { Button } from "@/components/button";
import { Loaded } from "@/components/empty";
import { Basics } from "@/form/basics";
import { Environment, toldEnvironment } from "@/form/environment";
import { BUCKETS, type Form } from "@/form/form";
import { Inputs } from "@/form/inputs";
import { Machines, toldMachines } from "@/form/machines";
import { Names, toldNames } from "@/form/names";
import { Order, toldOrder } from "@/form/order";
import { Results, ResultsPlace, toldResults } from "@/form/results";
import { Section } from "@/form/section";
import { useResource } from "@/live/resource";
import { buckets } from "@/storage/storage";
import { COMMAND } from "@/submission/draft";

/** What is wrong, by the field that it is told at. */
export type Problems = Record<string, string>;

/** The fields: what most tasks say first, the rest in parts that fold. */
export function Parts({ form, problems }: { form: Form; problems: Problems }) {
  const { draft } = form;
  const names = useResource((signal) => answer(api.GET("/profiles", { signal })), []).data ?? [];
  const known = useResource((signal) => buckets(signal), []);
  const profile = useResource<Profile>(
    (signal) => answer(api.GET("/profiles/{name}", { params: { path: { name: draft.profile } }, signal })),
    [draft.profile],
  );
  // While another profile is read, the one before stays: with it go the uploads that are on their way.
  const held = useRef<Profile>();
  held.current = profile.data ?? (profile.problem ? undefined : held.current);
  const within = (...fields: string[]) =>
    Object.keys(problems).some((problem) => fields.includes(problem.split(".")[0] ?? ""));
  return (
    <>
      <datalist id={BUCKETS}>
        {(known.data ?? []).map((one) => (
          <option key={one.name} value={one.name} />
        ))}
      </datalist>
      <Loaded from={{ ...profile, data: held.current }}>
        {(read) => (
          <>
            <section class="panel stack writing-basics" aria-label="The task">
              <Basics form={form} profile={read} names={names} />
              <Inputs form={form} known={(known.data ?? []).map((one) => one.name)} made={known.reload} />
              <ResultsPlace form={form} />
            </section>
            <Section
              title="Constants and secrets"
              told={toldEnvironment(form)}
              problem={within("constants") && !problems[`constants.${COMMAND}`]}
            >
              <Environment form={form} profile={read} />
            </Section>
          </>
        )}
      </Loaded>
      <Section
        title="Machines"
        told={toldMachines(form)}
        problem={within("hardware", "scheduling", "reservation", "maxRunning")}
      >
        <Machines form={form} />
      </Section>
      <Section
        title="Results and snapshots"
        told={toldResults(form)}
        problem={within("whitelist", "blacklist", "snapshotEveryS", "snapshotWhitelist", "snapshotBlacklist")}
      >
        <Results form={form} />
      </Section>
      <Section
        title="Job, retries and time"
        told={toldOrder(form)}
        problem={within("job", "after", "retries", "totalRetries", "maxQueueS", "timeToLive")}
      >
        <Order form={form} />
      </Section>
      <Section title="Tags and names" told={toldNames(form)} problem={within("tags", "shortname", "labels")}>
        <Names form={form} />
      </Section>
      {Object.keys(draft.other).length > 0 && (
        <p class="field-hint">
          Also taken over from the task: {Object.keys(draft.other).join(", ")}.{" "}
          <Button kind="quiet" onClick={() => form.set({ other: {} })}>
            Leave out
          </Button>
        </p>
      )}
    </>
  );
}
