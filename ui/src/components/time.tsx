import { now } from "@/clock";
import { duration, moment } from "@/words/amounts";

/** How long ago something was, kept right while one looks; the whole date on hovering. */
export function Ago({ date }: { date: string | undefined }) {
  const at = moment(date);
  if (!at) return <span class="soft">never</span>;
  const past = Math.max(0, Math.floor((now.value - at) / 1000));
  return (
    <time dateTime={date} title={new Date(at).toLocaleString()}>
      {past < 2 ? "just now" : `${duration(past).replace(/\.\d/, "")} ago`}
    </time>
  );
}

/** A moment in the reader's own time. */
export function Moment({ date }: { date: string | undefined }) {
  const at = moment(date);
  return at ? <time dateTime={date}>{new Date(at).toLocaleString()}</time> : <span class="soft">never</span>;
}
