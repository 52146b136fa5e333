import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { answer, api, Problem, told } from "@/api/client";
import type { Submission } from "@/api/types";
import { Button } from "@/components/button";
import { say } from "@/components/toast";
import { type Form, forget, useDraft } from "@/form/form";
import { Parts, type Problems } from "@/form/parts";
import { ShowAs } from "@/form/showas";
import { go } from "@/route";
import { body, every } from "@/submission/body";
import { type Draft, SECRET } from "@/submission/draft";
import { refusal } from "@/submission/refusal";
import { counted } from "@/words/amounts";
import { parse, size } from "@/words/ranges";
import "./writing.css";

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
