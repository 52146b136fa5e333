import { token } from "@/session";

export type Hear = (name: string, data: unknown, event: MessageEvent) => void;

/**
 * A stream of the server's events, open while the page is seen: a hidden page lets go of its connection, of which
 * a browser allows few, and `again` tells it to read anew what it missed. Returns what ends it.
 */
export function listen(
  where: string | (() => string), // a path; what tells it anew when the stream is opened again
  names: string[],
  hear: Hear,
  change?: (open: boolean) => void,
): () => void {
  let source: EventSource | null = null;

  const close = () => {
    source?.close();
    source = null;
  };
  const open = () => {
    if (source || document.hidden || !token.value) return;
    const path = typeof where === "string" ? where : where();
    source = new EventSource(
      `${path}${path.includes("?") ? "&" : "?"}token=${encodeURIComponent(token.value)}`,
    );
    source.onopen = () => change?.(true);
    source.onerror = () => {
      change?.(false);
      if (source?.readyState === EventSource.CLOSED) close();
    };
    for (const name of names) {
      source.addEventListener(name, (event) => {
        if (event instanceof MessageEvent) hear(name, JSON.parse(event.data), event);
      });
    }
  };
  const look = () => (document.hidden ? close() : open());

  document.addEventListener("visibilitychange", look);
  open();
  return () => {
    document.removeEventListener("visibilitychange", look);
    close();
  };
}
