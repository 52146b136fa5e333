import { computed, signal } from "@preact/signals";

/** Where the reader is: the part of the address after `#`. Segments are decoded. */
export interface Place {
  path: string[];
  query: URLSearchParams;
}

function read(): Place {
  // A sign-in link holds no place but a token, which `session.ts` takes out.
  const [path = "", query = ""] = location.hash.replace(/^#(token=.*|\/?)/, "").split("?", 2);
  return { path: path.split("/").filter(Boolean).map(decodeURIComponent), query: new URLSearchParams(query) };
}

export const place = signal<Place>(read());
export const section = computed(() => place.value.path[0] ?? "");

window.addEventListener("hashchange", () => {
  place.value = read();
});

type Query = Record<string, string | undefined>;

/** The address of a place: `to(["tasks", id], { tab: "logs" })`. Empty values are left out. */
export function to(path: string[], query: Query = {}): string {
  const kept = Object.entries(query).filter((pair): pair is [string, string] => Boolean(pair[1]));
  const asked = kept.length ? `?${new URLSearchParams(kept)}` : "";
  return `#/${path.map(encodeURIComponent).join("/")}${asked}`;
}

export function go(path: string[], query: Query = {}): void {
  location.hash = to(path, query);
}

/** Change what is asked in the address without a new entry in the browser's history. */
export function refine(changes: Query): void {
  const query = { ...Object.fromEntries(place.value.query), ...changes };
  history.replaceState(null, "", to(place.value.path, query));
  place.value = read();
}
