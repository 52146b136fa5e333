import type { Graph } from "@/graph/graph";

export const WIDTH = 180;
export const HEIGHT = 62;

export interface Place {
  x: number;
  y: number;
}

/** Where the boxes are, by their ids, and the way of each edge. */
export interface Arrangement {
  key: string; // of the structure that it was made for
  width: number;
  height: number;
  places: Record<string, Place>;
  lines: { from: string; to: string; path: string }[];
}

/** What boxes and edges there are: as long as it is the same, nothing moves. */
export function structure(graph: Graph): string {
  return `${graph.boxes.map((box) => box.id).join()};${graph.edges.map((edge) => `${edge.from}>${edge.to}`).join()}`;
}

/** Find a place for everything, in another thread: large graphs take seconds. */
export function arrange(graph: Graph, signal: AbortSignal): Promise<Arrangement> {
  const worker = new Worker(new URL("./arranger.ts", import.meta.url), { type: "module" });
  signal.addEventListener("abort", () => worker.terminate());
  return new Promise((resolve, reject) => {
    worker.onmessage = (event: MessageEvent<Arrangement>) => {
      worker.terminate();
      resolve(event.data);
    };
    worker.onerror = () => {
      worker.terminate();
      reject(new Error("The graph could not be drawn."));
    };
    worker.postMessage({
      key: structure(graph),
      boxes: graph.boxes.map((box) => box.id),
      edges: graph.edges,
    });
  });
}

/** A smooth way through points, from left to right. */
export function curve(points: Place[]): string {
  const [start, ...rest] = points;
  if (!start) return "";
  let path = `M${round(start.x)} ${round(start.y)}`;
  let before = start;
  for (const point of rest) {
    const middle = round((before.x + point.x) / 2);
    path += `C${middle} ${round(before.y)} ${middle} ${round(point.y)} ${round(point.x)} ${round(point.y)}`;
    before = point;
  }
  return path;
}

const round = (value: number) => Math.round(value * 10) / 10;
