import { useState } from "preact/hooks";
import { Button } from "@/components/button";
import { Copy } from "@/components/code";
import { Panel } from "@/components/panel";
import "./token.css";

/** The token in use: hidden, shown, or taken along. */
export function TokenPanel({ token }: { token: string }) {
  const [shown, setShown] = useState(false);
  return (
    <Panel title="API token">
      <p class="soft">It lets in whoever has it, as you. It is the secret key of the storage too.</p>
      <div class="row token">
        <code class="token-value">{shown ? token : "•".repeat(24)}</code>
        <span class="row">
          <Button onClick={() => setShown(!shown)} aria-pressed={shown}>
            {shown ? "Hide token" : "Show token"}
          </Button>
          <Copy text={token} label="Copy the token" />
        </span>
      </div>
    </Panel>
  );
}
