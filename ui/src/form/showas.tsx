import { useState } from "preact/hooks";
import type { Submission } from "@/api/types";
import { Code } from "@/components/code";
import { command } from "@/submission/command";
import { json } from "@/submission/json";
import { python } from "@/submission/python";
import { qarnot } from "@/submission/qarnot";
import "./showas.css";

type Writer = (sent: Submission, everyS: number, url: string) => string;

const WRITERS: Record<string, Writer> = {
  Python: python,
  "qarnot SDK": qarnot,
  "Command line": command,
  JSON: json,
};

/** What the form would submit, in the words of the other doors. */
export function ShowAs({ sent, everyS }: { sent: Submission; everyS: number }) {
  const [name, setName] = useState("Python");
  const write = WRITERS[name] ?? json;
  return (
    <section class="showas" aria-labelledby="showas">
      <h2 id="showas">Show as</h2>
      <div class="showas-names" role="group" aria-labelledby="showas">
        {Object.keys(WRITERS).map((one) => (
          <button key={one} type="button" aria-pressed={one === name} onClick={() => setName(one)}>
            {one}
          </button>
        ))}
      </div>
      <Code text={write(sent, everyS, location.origin)} label={name} />
      {name === "JSON" && everyS > 0 && (
        <p class="field-hint">
          The snapshots are asked for after it: <code>POST /tasks/UUID/snapshot/periodic</code> with{" "}
          <code>{`{"interval": ${everyS}}`}</code>.
        </p>
      )}
    </section>
  );
}
