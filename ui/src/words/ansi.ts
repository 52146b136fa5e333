/** A stretch of text in one look. `look` holds words such as `red` or `bold`. */
export interface Span {
  text: string;
  look: string[];
}

const COLOURS = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"];

// Control sequences, then operating system commands (titles, links), then what else begins with an escape.
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const ESCAPES = /\x1b\[([0-?]*)[ -/]*([@-~])|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b[@-Z\\^_=>]?/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const UNSEEN = /[\x00-\x08\x0b-\x1a\x1c-\x1f\x7f]/g;

const TAB = 8;

/** A line as a terminal leaves it: what a carriage return wrote over is gone, tabs are spaces. Escapes stay. */
export function settled(line: string): string {
  let text = line.endsWith("\r") ? line.slice(0, -1) : line;
  const over = text.lastIndexOf("\r");
  if (over >= 0) text = text.slice(over + 1);
  if (text.includes("\t"))
    text = text.replace(/[^\t]*\t/g, (part) => part.slice(0, -1).padEnd(spanned(part)));
  return text.replace(UNSEEN, "");
}

const spanned = (part: string) => Math.ceil(part.length / TAB) * TAB;

/** The text alone. */
export const plain = (line: string) => (line.includes("\x1b") ? line.replace(ESCAPES, "") : line);

// biome-ignore lint/suspicious/noControlCharactersInRegex: text without these is as wide as it is long
const BEYOND_ASCII = /[^\x00-\x7f]/;
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\u{1f300}-\u{1faff}]/gu;

/** How many columns a line takes. */
export function width(line: string): number {
  const text = plain(line);
  if (!BEYOND_ASCII.test(text)) return text.length;
  return [...text].length + (text.match(WIDE)?.length ?? 0);
}

/** The text with its colours. Nothing but looks comes of escapes. */
export function spans(line: string): Span[] {
  if (!line.includes("\x1b")) return [{ text: line, look: [] }];
  const found: Span[] = [];
  let look: string[] = [];
  let from = 0;
  for (const code of line.matchAll(ESCAPES)) {
    if (code.index > from) found.push({ text: line.slice(from, code.index), look });
    from = code.index + code[0].length;
    if (code[2] === "m") look = changed(look, code[1] ?? "");
  }
  if (from < line.length) found.push({ text: line.slice(from), look });
  return found;
}

function changed(look: string[], parameters: string): string[] {
  const codes = parameters.split(/[;:]/).map(Number);
  let now = look;
  for (let at = 0; at < codes.length; at += 1) {
    const code = codes[at] ?? 0;
    if (code === 0) now = [];
    else if (code === 1) now = [...now, "bold"];
    else if (code === 2) now = [...now, "dim"];
    else if (code === 4) now = [...now, "under"];
    else if (code === 22) now = now.filter((one) => one !== "bold" && one !== "dim");
    else if (code === 24) now = now.filter((one) => one !== "under");
    else if (code >= 30 && code <= 37) now = coloured(now, COLOURS[code - 30]);
    else if (code >= 90 && code <= 97) now = coloured(now, COLOURS[code - 90]);
    else if (code === 39) now = coloured(now, undefined);
    else if (code === 38 || code === 48) {
      const few = codes[at + 1] === 5;
      const colour = codes[at + 2] ?? 0;
      if (code === 38 && few && colour < 16) now = coloured(now, COLOURS[colour % 8]);
      at += few ? 2 : 4;
    }
  }
  return now;
}

const coloured = (look: string[], colour: string | undefined) => {
  const rest = look.filter((one) => !COLOURS.includes(one));
  return colour ? [...rest, colour] : rest;
};
