import { useEffect, useRef } from "preact/hooks";

const BEAT_MS = 3000; // as often as the server measures what instances use

/** Do something every few seconds while `on` and while the page is seen: for what no event tells. */
export function useBeat(work: () => void, on: boolean): void {
  const latest = useRef(work);
  latest.current = work;
  useEffect(() => {
    if (!on) return;
    const timer = setInterval(() => document.hidden || latest.current(), BEAT_MS);
    return () => clearInterval(timer);
  }, [on]);
}
