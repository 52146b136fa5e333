/** What jobs are looked for. */
export interface Asked {
  name: string;
  state: string;
  tag: string;
}

/** The filter as the server understands it. */
export function filterOf({ name, state, tag }: Asked) {
  const parts = [];
  if (name) parts.push({ field: "Name", operator: "Like", value: `(?i)${escaped(name)}` });
  if (state) parts.push({ field: "State", operator: "Equal", value: state });
  if (tag) parts.push({ field: "Tags", operator: "Equal", value: tag });
  return { operator: "And", filters: parts };
}

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
