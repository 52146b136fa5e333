import { settled } from "@/words/ansi";

const MOST_LINES = 200_000;
const MOST_SIZE = 16_000_000; // characters
const MOST_LINE = 20_000; // characters that are shown of one line
const PART = 0.1; // that is let go of at once

/** Printed lines as they come: the newest ones, as many as a page can hold. */
export class Lines {
  all: string[] = [];
  dropped = 0; // lines that were here and are no more
  longest = 0; // in characters
  private size = 0;
  private rest = ""; // the last line as it was sent, while its end has not come

  get length(): number {
    return this.all.length;
  }

  add(text: string): void {
    const parts = (this.rest + text).split("\n");
    if (this.rest) this.size -= this.all.pop()?.length ?? 0;
    this.rest = parts.pop() ?? "";
    for (const part of parts) this.push(part);
    if (this.rest) this.push(this.rest);
    if (this.all.length > MOST_LINES || this.size > MOST_SIZE) this.trim();
  }

  private push(raw: string): void {
    const whole = settled(raw);
    const line = whole.length > MOST_LINE ? `${whole.slice(0, MOST_LINE)} …` : whole;
    this.all.push(line);
    this.size += line.length;
    if (line.length > this.longest) this.longest = line.length;
  }

  private trim(): void {
    const lines = MOST_LINES * (1 - PART);
    const size = MOST_SIZE * (1 - PART);
    let gone = Math.max(0, this.all.length - lines);
    let left = this.size;
    for (let at = 0; at < gone; at += 1) left -= this.all[at]?.length ?? 0;
    while (left > size && gone < this.all.length - 1) {
      left -= this.all[gone]?.length ?? 0;
      gone += 1;
    }
    this.all.splice(0, gone);
    this.dropped += gone;
    this.size = left;
  }
}
