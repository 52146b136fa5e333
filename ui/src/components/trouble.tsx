import { happened, useFaults } from "@/api/faults";
import type { TaskError } from "@/api/types";
import "./trouble.css";

const KINDS: Record<string, string> = {
  program: "The program",
  resource: "Resources",
  infrastructure: "Infrastructure",
};

/** An error: its code, whose failure it is, what happened, and what to do. */
export function Trouble({ error }: { error: TaskError }) {
  const fault = useFaults().get(error.code);
  return (
    <div class="trouble">
      <p>
        <code class="trouble-code">{error.code}</code>
        {fault && <span class="trouble-kind">{KINDS[fault.kind] ?? fault.kind}</span>}
      </p>
      <p>{happened(error, fault)}</p>
      {fault && <p class="trouble-advice">{fault.advice}</p>}
      {error.debug && (
        <details>
          <summary>More</summary>
          <pre tabIndex={0}>{error.debug}</pre>
        </details>
      )}
    </div>
  );
}
