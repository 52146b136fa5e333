import { graphlib, layout } from "@dagrejs/dagre";
import { type Arrangement, curve, HEIGHT, type Place, WIDTH } from "@/graph/arrange";
import type { Edge } from "@/graph/graph";

interface Wanted {
  key: string;
  boxes: string[];
  edges: Edge[];
}

const DIRECT = 3; // points of an edge to the next layer
const EXACT = 100; // boxes up to which the best layers are worth their time

function place({ key, boxes, edges }: Wanted): Arrangement {
  const graph = new graphlib.Graph();
  graph.setGraph({
    rankdir: "LR",
    nodesep: 18,
    ranksep: 44,
    marginx: 12,
    marginy: 12,
    ranker: boxes.length > EXACT ? "longest-path" : "network-simplex",
  });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const id of boxes) graph.setNode(id, { width: WIDTH, height: HEIGHT });
  for (const { from, to } of edges) graph.setEdge(from, to);
  layout(graph);
  const places = Object.fromEntries(boxes.map((id) => [id, corner(graph.node(id))]));
  const way = (from: string, to: string) =>
    bends(places[from], graph.edge(from, to).points ?? [], places[to]);
  const whole = graph.graph() as { width?: number; height?: number };
  return {
    key,
    width: whole.width ?? 0,
    height: whole.height ?? 0,
    places,
    lines: edges.map(({ from, to }) => ({ from, to, path: curve(way(from, to)) })),
  };
}

const corner = ({ x = 0, y = 0 }: { x?: number; y?: number }) => ({ x: x - WIDTH / 2, y: y - HEIGHT / 2 });

/** From the right side of one box to the left side of another, around those in between. */
function bends(from: Place | undefined, points: Place[], to: Place | undefined): Place[] {
  if (!from || !to) return points;
  const start = { x: from.x + WIDTH, y: from.y + HEIGHT / 2 };
  const end = { x: to.x, y: to.y + HEIGHT / 2 };
  return [start, ...(points.length > DIRECT ? points.slice(1, -1) : []), end];
}

self.onmessage = (event: MessageEvent<Wanted>) => {
  postMessage(place(event.data));
};
