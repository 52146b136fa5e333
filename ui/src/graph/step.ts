import type { Arrangement } from "@/graph/arrange";

/** Where an arrow key leads from a box: along an edge, or up and down among those beside it. */
export function step(key: string, from: string, arrangement: Arrangement): string | undefined {
  const here = arrangement.places[from];
  if (!here) return undefined;
  const nearest = (ids: string[]) =>
    ids.sort((a, b) => away(a, here.y, arrangement) - away(b, here.y, arrangement))[0];
  if (key === "ArrowRight")
    return nearest(arrangement.lines.filter((line) => line.from === from).map((line) => line.to));
  if (key === "ArrowLeft")
    return nearest(arrangement.lines.filter((line) => line.to === from).map((line) => line.from));
  if (key !== "ArrowUp" && key !== "ArrowDown") return undefined;
  const sign = key === "ArrowDown" ? 1 : -1;
  return Object.entries(arrangement.places)
    .filter(([, place]) => Math.abs(place.x - here.x) < 1 && (place.y - here.y) * sign > 0)
    .sort(([, a], [, b]) => (a.y - b.y) * sign)[0]?.[0];
}

const away = (id: string, y: number, { places }: Arrangement) => Math.abs((places[id]?.y ?? 0) - y);
