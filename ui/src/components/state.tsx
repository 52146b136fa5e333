import { tone, worded } from "@/words/states";
import "./state.css";

/** A state in a word and a colour; the word alone is enough to tell it. */
export function State({ state }: { state: string }) {
  return (
    <span class={`state tone-${tone(state)}`} title={state}>
      <span class="state-dot" aria-hidden="true" />
      {worded(state)}
    </span>
  );
}
