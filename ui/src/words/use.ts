import { bytes } from "@/words/amounts";

/** Cores in use may be parts of one: `0.4`, `12`. */
export function cores(value: number): string {
  if (value < 0.05) return "0";
  return value.toFixed(value < 10 ? 1 : 0).replace(/\.0$/, "");
}

export const megabytes = (value: number) => bytes(value * 1e6);
