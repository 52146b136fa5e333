import { answer, api } from "@/api/client";
import type { Task } from "@/api/types";
import { SEEN } from "@/listing/row";

const PAUSE_MS = 120; // of scrolling, before the rows that are seen are looked at
const MOST = 100; // tasks at a time

/** Closer looks at the tasks whose rows are drawn: what their summaries lack, read for those alone. */
export class Looks {
  private readonly drawn = new Set<string>();
  private readonly known = new Set<string>();
  private readonly control = new AbortController();
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly tell: (tasks: Task[]) => void) {}

  close(): void {
    this.control.abort();
    clearTimeout(this.timer);
  }

  /** A row was drawn. Returns what says that it no longer is. */
  draw(uuid: string): () => void {
    this.drawn.add(uuid);
    this.soon();
    return () => this.drawn.delete(uuid);
  }

  /** What was seen of a task holds no longer. */
  stale(uuid: string): void {
    this.known.delete(uuid);
    this.soon();
  }

  forget(): void {
    this.known.clear();
    this.soon();
  }

  private soon(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.look(), PAUSE_MS);
  }

  private async look(): Promise<void> {
    const values = [...this.drawn].filter((uuid) => !this.known.has(uuid)).slice(0, MOST);
    if (!values.length) return;
    for (const uuid of values) this.known.add(uuid);
    const body = { filter: { operator: "In", field: "Uuid", values }, select: SEEN } as never;
    try {
      this.tell((await answer(api.POST("/tasks/search", { body, signal: this.control.signal }))) as Task[]);
      if (this.drawn.size > MOST) this.soon();
    } catch {
      for (const uuid of values) this.known.delete(uuid); // the next row that is drawn asks again
    }
  }
}
