import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { answer, api, Problem, told } from "@/api/client";
import type { Profile, Submission } from "@/api/types";
import { Button } from "@/components/button";
import { Loaded } from "@/components/empty";
import { say } from "@/components/toast";
import { Basics } from "@/form/basics";
import { Environment, toldEnvironment } from "@/form/environment";
import { type Form, forget, useDraft } from "@/form/form";
import { BUCKETS, Inputs } from "@/form/inputs";
import { Machines, toldMachines } from "@/form/machines";
import { Names, toldNames } from "@/form/names";
import { Order, toldOrder } from "@/form/order";
import { Results, ResultsPlace, toldResults } from "@/form/results";
import { Section } from "@/form/section";
import { ShowAs } from "@/form/showas";
import { useResource } from "@/live/resource";
import { go } from "@/route";
import { buckets } from "@/storage/storage";
import { body, every } from "@/submission/body";
import { type Draft, SECRET } from "@/submission/draft";
import { refusal } from "@/submission/refusal";
import { counted } from "@/words/amounts";
import { parse, size } from "@/words/ranges";
import "./writing.css";

type Problems = Record<string, string>;

interface Props {
  source: string;
  first: Partial<Draft>;
  anew: () => void;
}

/** The form of a task, and what it would submit beside it. */
export function Writing({ source, first, anew }: Props) {
  const [draft, set] = useDraft(source, () => first);
  const [problems, setProblems] = useState<Problems>({});
  const [uploads, setUploads] = useState(0);
  const [busy, setBusy] = useState(false);
  const page = useRef<HTMLDivElement>(null);
  const key = useMemo(unique, [draft]); // the same submission, sent twice, is one task
  const sent = body(draft);
  const number = instances(sent);

  const form: Form = {
    draft,
    set: (changes) => {
      set(changes);
      setProblems({});
    },
    problem: (field) => problems[field],
    uploading: (change) => setUploads((count) => count + change),
  };
  useEffect(() => {
    const wrong = page.current?.querySelector(".field-problem");
    const box = wrong?.closest(".field, li, fieldset");
    box?.querySelector<HTMLElement>("[aria-invalid=true], input, textarea, select")?.focus();
  }, [problems]);

  const submit = async () => {
    const untyped = draft.secrets.filter((one) => one.key && !one.value);
    if (untyped.length) {
      setProblems(
        Object.fromEntries(untyped.map((one) => [`constants.${SECRET}${one.key}`, "Type its value."])),
      );
      return;
    }
    setBusy(true);
    try {
      const uuid = await submitted(sent, every(draft), key);
      forget(source);
      go(["tasks", uuid]);
    } catch (error) {
      const found = error instanceof Problem ? refusal(error.message, sent) : undefined;
      if (found) setProblems({ [found.field]: found.text });
      else say(told(error), true);
    }
    setBusy(false);
  };
  return (
    <div
      ref={page}
      class="writing"
      role="form"
      aria-label="New task"
      onKeyDown={(event) => {
        if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !busy && !uploads) submit();
      }}
    >
      <div class="writing-form stack">
        <Parts form={form} problems={problems} />
        <footer class="writing-foot row spread">
          <Button
            kind="quiet"
            icon="trash"
            onClick={() => {
              forget(source);
              anew();
            }}
          >
            Start over
          </Button>
          <span class="row">
            <span class="soft small numbers">
              {uploads ? "Files are on their way" : number > 0 && counted(number, "instance")}
            </span>
            <Button kind="main" busy={busy} disabled={uploads > 0} title="Ctrl + Enter" onClick={submit}>
              Submit task
            </Button>
          </span>
        </footer>
      </div>
      <div class="writing-show">
        <ShowAs sent={sent} everyS={every(draft)} />
      </div>
    </div>
  );
}

function Parts({ form, problems }: { form: Form; problems: Problems }) {
  const { draft } = form;
  const names = useResource((signal) => answer(api.GET("/profiles", { signal })), []).data ?? [];
  const known = useResource((signal) => buckets(signal), []);
  const profile = useResource<Profile>(
    (signal) => answer(api.GET("/profiles/{name}", { params: { path: { name: draft.profile } }, signal })),
    [draft.profile],
  );
  const within = (...fields: string[]) =>
    Object.keys(problems).some((problem) => fields.includes(problem.split(".")[0] ?? ""));
  return (
    <>
      <datalist id={BUCKETS}>
        {(known.data ?? []).map((one) => (
          <option key={one.name} value={one.name} />
        ))}
      </datalist>
      <Loaded from={profile}>
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
              problem={within("constants") && !problems["constants.DOCKER_CMD"]}
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

async function submitted(sent: Submission, everyS: number, key: string): Promise<string> {
  const headers = { "Idempotency-Key": key };
  const { uuid } = (await answer(api.POST("/tasks", { body: sent as never, headers }))) as { uuid: string };
  if (everyS)
    await api
      .POST("/tasks/{id}/snapshot/periodic", {
        params: { path: { id: uuid } },
        body: { interval: everyS } as never,
      })
      .catch((error) => say(`The task was submitted, but without snapshots: ${told(error)}`, true));
  return uuid;
}

const unique = () => [...crypto.getRandomValues(new Uint32Array(4))].map((one) => one.toString(36)).join("-");

function instances(sent: Submission): number {
  return sent.advancedRanges ? size(parse(sent.advancedRanges)) || 0 : (sent.instanceCount ?? 1);
}
