import { Button } from "@/components/button";
import { act } from "@/components/toast";
import "./code.css";

/** Copy to the clipboard, also on pages that came over plain HTTP, where browsers hide the clipboard. */
async function copy(text: string): Promise<void> {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const area = Object.assign(document.createElement("textarea"), { value: text });
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  if (!done) throw new Error("The browser does not allow copying here.");
}

export function Copy({ text, label = "Copy" }: { text: string; label?: string }) {
  return (
    <Button
      kind="quiet"
      icon="copy"
      aria-label={label}
      title={label}
      onClick={() => act(() => copy(text), "Copied")}
    />
  );
}

/** Text to read and to take along. A `secret` in it is copied, but shown as dots. */
export function Code({ text, label, secret }: { text: string; label: string; secret?: string | undefined }) {
  return (
    <div class="code">
      <pre tabIndex={0} aria-label={label} role="region">
        <code>{secret ? text.replaceAll(secret, "••••••••") : text}</code>
      </pre>
      <Copy text={text} label={`Copy ${label}`} />
    </div>
  );
}
