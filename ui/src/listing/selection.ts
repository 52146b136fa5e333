import { signal } from "@preact/signals";

/** Which tasks were picked: some by their UUIDs, or all that match what is wanted. */
export class Selection {
  readonly uuids = signal<ReadonlySet<string>>(new Set());
  readonly every = signal(false);
  private last: string | undefined; // picked before: the other end of a range

  has = (uuid: string) => this.every.value || this.uuids.value.has(uuid);

  clear = (): void => {
    this.every.value = false;
    this.uuids.value = new Set();
    this.last = undefined;
  };

  /** Pick a task, or no longer; with `range`, all from the one before to this one. */
  pick(order: string[], uuid: string, on: boolean, range: boolean): void {
    const within = range && this.last ? between(order, this.last, uuid) : [uuid];
    this.set(this.every.value ? order : [], true);
    this.set(within, on);
    this.last = uuid;
  }

  /** Pick these, or no longer. */
  set(uuids: string[], on: boolean): void {
    const next = new Set(this.uuids.value);
    for (const uuid of uuids) on ? next.add(uuid) : next.delete(uuid);
    this.every.value = false;
    this.uuids.value = next;
  }
}

/** All from the one to the other, in the order of the list; the second alone when the first is not there. */
export function between(order: string[], one: string, other: string): string[] {
  const [from, to] = [order.indexOf(one), order.indexOf(other)];
  if (from < 0 || to < 0) return [other];
  return order.slice(Math.min(from, to), Math.max(from, to) + 1);
}
