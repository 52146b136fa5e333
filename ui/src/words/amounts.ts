const UNITS = ["B", "kB", "MB", "GB", "TB"];

/** `1.2 MB`: powers of a thousand. */
export function bytes(count: number): string {
  let value = count;
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit && value < 9.95 ? value.toFixed(1) : Math.round(value)} ${UNITS[unit]}`;
}

/** `1,234,567`. */
export const count = (value: number) => value.toLocaleString("en");

/** `1 instance`, `2 instances`. */
export const counted = (value: number, noun: string) => `${count(value)} ${noun}${value === 1 ? "" : "s"}`;

/** `4.2 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h`. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds) || seconds < 0) return "";
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 60) return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  if (whole < 86400) return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
  return `${Math.floor(whole / 86400)} d ${Math.floor((whole % 86400) / 3600)} h`;
}

/** Seconds of a `d.hh:mm:ss` or `hh:mm:ss` text, as the server writes times. */
export function seconds(text: string | undefined): number {
  const found = /^(?:(\d+)\.)?(\d+):(\d+):(\d+(?:\.\d+)?)$/.exec(text ?? "");
  if (!found) return 0;
  const [, days = "0", hours = "0", minutes = "0", rest = "0"] = found;
  return Number(days) * 86400 + Number(hours) * 3600 + Number(minutes) * 60 + Number(rest);
}

/** The moment of a date as the server writes it, in milliseconds; 0 for its "never". */
export function moment(text: string | undefined): number {
  const value = text ? Date.parse(text) : 0;
  return Number.isFinite(value) && value > 0 ? value : 0;
}
