import { useMemo } from "preact/hooks";
import { now } from "@/clock";
import { duration } from "@/words/amounts";

/** A time that was so long when it was read, and goes on. */
export function Elapsed({ seconds }: { seconds: number }) {
  const read = useMemo(() => Date.now(), [seconds]);
  const past = Math.max(0, (now.value - read) / 1000);
  return <span class="numbers">{duration(Math.floor(seconds + past)).replace(/\.\d/, "")}</span>;
}
