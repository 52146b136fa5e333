import { Progress } from "@/components/bar";
import "./use.css";

interface Props {
  label: string;
  used: number;
  of: number; // 0: nothing is there; Infinity: no limit
  write: (value: number) => string;
  small?: boolean;
  bare?: boolean; // the label is for assistive tools alone
}

/** How much of something is in use: in words and as a bar. */
export function Use({ label, used, of, write, small, bare }: Props) {
  const limited = Number.isFinite(of);
  const share = limited && of ? (100 * used) / of : 0;
  const words = limited ? `${write(used)} of ${write(of)}` : `${write(used)}, no limit`;
  return (
    <div class={`use ${small ? "use-small" : ""}`}>
      {!bare && <span class="use-label">{label}</span>}
      <span class="use-words numbers">{words}</span>
      {limited && <Progress label={`${label}: ${words}`} value={share} />}
    </div>
  );
}
