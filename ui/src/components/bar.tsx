import { count } from "@/words/amounts";
import type { Tone } from "@/words/states";
import "./bar.css";

export interface Share {
  tone: Tone;
  value: number;
  label: string;
}

/** How a whole is divided: stacked shares, told in words to those who do not see them. */
export function Bar({ shares, total, tall }: { shares: Share[]; total: number; tall?: boolean }) {
  const shown = shares.filter((share) => share.value > 0);
  const words = shown.map((share) => `${share.label}: ${count(share.value)}`).join(", ") || "nothing yet";
  return (
    <span class={`bar ${tall ? "bar-tall" : ""}`} role="img" aria-label={words} title={words}>
      {shown.map((share) => (
        <span
          key={share.label}
          class={`tone-${share.tone}`}
          style={{ width: `${(100 * share.value) / (total || 1)}%` }}
        />
      ))}
    </span>
  );
}

/** How far one thing is, of 100. */
export function Progress({ value, label, tone = "running" }: { value: number; label: string; tone?: Tone }) {
  return (
    <span
      class="bar"
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(value)}
    >
      <span class={`tone-${tone}`} style={{ width: `${Math.min(100, Math.max(0, value))}%` }} />
    </span>
  );
}
