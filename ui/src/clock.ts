import { signal } from "@preact/signals";

/** The time in milliseconds, each second: what shows how long ago something was reads this. */
export const now = signal(Date.now());

setInterval(() => {
  if (!document.hidden) now.value = Date.now();
}, 1000);
