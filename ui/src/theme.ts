import { effect, signal } from "@preact/signals";

export type Theme = "light" | "dark";

const KEY = "stokehold.theme";
const dark = matchMedia("(prefers-color-scheme: dark)");

/** What the reader chose, or null to go with the system. */
export const chosen = signal(localStorage.getItem(KEY) as Theme | null);
const system = signal<Theme>(dark.matches ? "dark" : "light");
dark.addEventListener("change", () => {
  system.value = dark.matches ? "dark" : "light";
});

export const theme = signal<Theme>("light");

effect(() => {
  theme.value = chosen.value ?? system.value;
  document.documentElement.dataset.theme = theme.value;
});

export function flip(): void {
  const next = theme.value === "dark" ? "light" : "dark";
  choose(next === system.value ? null : next);
}

export function choose(next: Theme | null): void {
  chosen.value = next;
  if (next) localStorage.setItem(KEY, next);
  else localStorage.removeItem(KEY);
}
