import type { Node } from "@/api/types";

/** Whether a node is here, and works. */
export function Presence({ node }: { node: Node }) {
  const [tone, word] = !node.present
    ? ["bad", "Silent"]
    : node.usedSlots
      ? ["running", "Busy"]
      : ["good", "Free"];
  return (
    <span class={`state tone-${tone}`}>
      <span class="state-dot" aria-hidden="true" />
      {word}
    </span>
  );
}
