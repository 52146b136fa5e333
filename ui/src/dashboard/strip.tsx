import type { Hour } from "@/dashboard/history";
import { counted } from "@/words/amounts";
import "./strip.css";

const WIDTH = 20; // of an hour in the drawing
const HEIGHT = 64;
const LEAST = 3; // height of one task, so that it is seen beside a thousand
const KINDS = [
  ["good", "succeeded"],
  ["bad", "failed"],
  ["ended", "cancelled"],
] as const;

/** Hours beside one another, each a column of what ended in it. */
export function Strip({ hours }: { hours: Hour[] }) {
  const most = Math.max(1, ...hours.map((hour) => hour.good + hour.bad + hour.ended));
  return (
    <figure class="strip">
      <svg
        viewBox={`0 0 ${hours.length * WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`Tasks that ended in each of the last ${hours.length} hours, at most ${most} in one`}
      >
        {hours.map((hour, index) => (
          <Column key={hour.from} hour={hour} x={index * WIDTH} most={most} />
        ))}
      </svg>
      <figcaption class="row spread soft small">
        <span>{clock(hours[0]?.from)} yesterday</span>
        <span>{clock(hours[Math.floor(hours.length / 2)]?.from)}</span>
        <span>now</span>
      </figcaption>
    </figure>
  );
}

function Column({ hour, x, most }: { hour: Hour; x: number; most: number }) {
  const words = KINDS.filter(([kind]) => hour[kind]).map(([kind, word]) => `${hour[kind]} ${word}`);
  const sum = hour.good + hour.bad + hour.ended;
  let y = HEIGHT;
  return (
    <g>
      <title>{`From ${clock(hour.from)}: ${words.join(", ") || counted(0, "task")}`}</title>
      <rect class="strip-ground" x={x} y="0" width={WIDTH} height={HEIGHT} />
      {!sum && <rect class="strip-none" x={x + 2} y={HEIGHT - 2} width={WIDTH - 4} height="2" />}
      {KINDS.map(([kind]) => {
        const height = hour[kind] && Math.max(LEAST, ((HEIGHT - 2 * LEAST) * hour[kind]) / most);
        y -= height;
        return (
          height > 0 && (
            <rect key={kind} class={`tone-${kind}`} x={x + 2} {...{ y, height }} width={WIDTH - 4} />
          )
        );
      })}
    </g>
  );
}

const clock = (at: number | undefined) =>
  at ? new Date(at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" }) : "";
