import type { Share } from "@/components/bar";
import type { Tone } from "@/words/states";
import { tone } from "@/words/states";

/** A task as a graph shows it. */
export interface Item {
  id: string;
  name: string;
  state: string;
  detail: string; // how long, or how far
  shares: Share[]; // its instances
  total: number;
  after: string[]; // what it waits for
}

/** A box of the drawing: one task, or tasks that wait for the same ones and that the same ones wait for. */
export interface Box {
  id: string;
  name: string;
  items: Item[];
  state: string;
  tone: Tone;
  shares: Share[];
  total: number;
  detail: string;
}

export interface Edge {
  from: string;
  to: string;
}

export interface Graph {
  boxes: Box[];
  edges: Edge[];
}

const ALIKE = 3; // tasks at which a box for them is worth it

/** Boxes and edges of some tasks. `gather`: tasks that are alike share a box. */
export function graphOf(items: Item[], gather: boolean): Graph {
  const known = new Set(items.map((item) => item.id));
  const after = new Map(items.map((item) => [item.id, item.after.filter((id) => known.has(id))]));
  const home = new Map<string, string>(); // of a task: its box
  const boxes: Box[] = [];
  for (const group of gather ? alike(items, after) : items.map((item) => [item])) {
    const box = boxOf(group);
    boxes.push(box);
    for (const item of group) home.set(item.id, box.id);
  }
  const edges = new Map<string, Edge>();
  for (const [id, before] of after) {
    for (const one of before) {
      const edge = { from: home.get(one) ?? one, to: home.get(id) ?? id };
      edges.set(`${edge.from} ${edge.to}`, edge);
    }
  }
  return { boxes, edges: [...edges.values()] };
}

/** Tasks in groups of those with the same neighbours; few that are alike stay apart. */
function alike(items: Item[], after: Map<string, string[]>): Item[][] {
  const next = new Map<string, string[]>();
  for (const [id, before] of after) {
    for (const one of before) {
      const behind = next.get(one);
      if (behind) behind.push(id);
      else next.set(one, [id]);
    }
  }
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const before = after.get(item.id) ?? [];
    const behind = next.get(item.id) ?? [];
    const key = `${[...before].sort().join()}>${[...behind].sort().join()}`;
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return [...groups.values()].flatMap((group) =>
    group.length < ALIKE ? group.map((item) => [item]) : [group],
  );
}

function boxOf(items: Item[]): Box {
  const [first] = items as [Item];
  if (items.length === 1)
    return {
      id: first.id,
      name: first.name,
      items,
      state: first.state,
      tone: tone(first.state),
      shares: first.shares,
      total: first.total,
      detail: first.detail,
    };
  const worst = mood(items.map((item) => item.state));
  const ended = items.filter((item) => ENDED.has(tone(item.state))).length;
  return {
    id: `${first.id}+${items.length}`,
    name: `${stem(items.map((item) => item.name))} × ${items.length}`,
    items,
    state: worst,
    tone: tone(worst),
    shares: tally(items),
    total: items.length,
    detail: `${ended} of ${items.length}`,
  };
}

const ENDED = new Set<Tone>(["good", "bad", "ended"]);
const WORDS: [Tone, string][] = [
  ["good", "succeeded"],
  ["bad", "failed"],
  ["ended", "cancelled"],
  ["uploading", "uploading"],
  ["running", "running"],
  ["starting", "starting"],
  ["waiting", "waiting"],
];

/** Tasks by what has become of them. */
export function tally(items: { state: string }[]): Share[] {
  const found = new Map<Tone, number>();
  for (const item of items) found.set(tone(item.state), (found.get(tone(item.state)) ?? 0) + 1);
  return WORDS.map(([key, label]) => ({ tone: key, label, value: found.get(key) ?? 0 }));
}

/** One state for many: what goes on, else what went wrong, else what they all are. */
function mood(states: string[]): string {
  for (const wanted of ["running", "uploading", "starting", "bad", "waiting", "ended"] as Tone[]) {
    const found = states.find((state) => tone(state) === wanted);
    if (found) return found;
  }
  return states[0] ?? "Submitted";
}

/** What names have in common at their beginning, or the first of them. */
function stem(names: string[]): string {
  let common = names[0] ?? "";
  for (const name of names) {
    while (!name.startsWith(common)) common = common.slice(0, -1);
  }
  return common.replace(/[\s\-_=:#.[(]+$/, "") || (names[0] ?? "");
}
