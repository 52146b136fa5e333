import { useEffect } from "preact/hooks";
import { type Resource, useLive } from "@/live/resource";

const EVERY_MS = 3000;

/** What no event tells of, such as what machines use: read every 3 s while the page is seen. */
export function useSampled<T>(load: (signal: AbortSignal) => Promise<T>, deps: unknown[]): Resource<T> {
  const resource = useLive(load, deps, () => false);
  useEffect(() => {
    const timer = setInterval(() => {
      if (!document.hidden) resource.reload();
    }, EVERY_MS);
    return () => clearInterval(timer);
  }, deps);
  return resource;
}
