import { signal } from "@preact/signals";

export interface Item {
  uuid: string;
  name: string;
}

/** How far work on many tasks is, and what was refused, task by task. */
export interface Progressing {
  verb: string;
  total: number | undefined; // not known while they are still being listed
  done: number;
  failed: (Item & { why: string })[];
  over: boolean;
}

const AT_ONCE = 6;

const told = (error: unknown) => (error instanceof Error ? error.message : String(error));

/** The same done to each of many tasks, a few at a time. It can be stopped; what was refused stops nothing. */
export class Bulk {
  readonly progress = signal<Progressing>({ verb: "", total: undefined, done: 0, failed: [], over: false });
  private stopped = false;

  constructor(verb: string) {
    this.progress.value = { ...this.progress.value, verb };
  }

  stop = (): void => {
    this.stopped = true;
  };

  async run(items: AsyncIterable<Item> | Item[], work: (item: Item) => Promise<unknown>): Promise<void> {
    const listed: Item[] = [];
    try {
      for await (const item of items) {
        if (this.stopped) break;
        listed.push({ uuid: item.uuid, name: item.name });
      }
      this.set({ total: listed.length });
      await Promise.all(Array.from({ length: AT_ONCE }, () => this.hand(listed, work)));
    } catch (error) {
      this.set({ failed: [{ uuid: "", name: "The list of tasks", why: told(error) }] });
    }
    this.set({ over: true });
  }

  private async hand(listed: Item[], work: (item: Item) => Promise<unknown>): Promise<void> {
    for (let item = listed.shift(); item && !this.stopped; item = listed.shift()) {
      const { uuid, name } = item;
      const why = await work(item).then(
        () => undefined,
        (error) => told(error),
      );
      const { done, failed } = this.progress.value;
      this.set({ done: done + 1, failed: why === undefined ? failed : [...failed, { uuid, name, why }] });
    }
  }

  private set(some: Partial<Progressing>): void {
    this.progress.value = { ...this.progress.value, ...some };
  }
}
