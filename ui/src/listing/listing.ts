import { signal } from "@preact/signals";
import { answer, api, Problem } from "@/api/client";
import type { Task, TaskEvent, TaskSummary } from "@/api/types";
import { Looks } from "@/listing/looks";
import { type Filter, filter, joined, type Wanted, whole } from "@/listing/query";
import { changed, looked, type Row } from "@/listing/row";
import type { Change } from "@/live/feed";
import { moment } from "@/words/amounts";

const PAGE = 100;
const AGAIN_MS = 3000; // after a failure that may pass
const PAUSE_MS = 250; // between changes of what is shown
const TOP_PX = 120; // scrolled by no more than this, one is at the top
const MOST_NEW = 5000; // tasks that are kept in mind as new

/** The tasks that are wanted: read page by page as one goes on, and kept as they are by the feed. */
export class Listing {
  readonly rows = signal<Row[]>([]);
  readonly total = signal<number | undefined>(undefined);
  readonly problem = signal<Problem | undefined>(undefined);
  readonly ended = signal(false);
  readonly fresh = signal(0); // tasks that belong here and came since
  readonly filter: Filter | undefined;
  readonly looks = new Looks((tasks) => this.look(tasks));

  private readonly control = new AbortController();
  private places = new Map<string, number>();
  private next: string | undefined;
  private busy = false;
  private turn = 0;
  private since = Date.now();
  private events = new Map<string, TaskEvent>();
  private gone = new Set<string>();
  private unknown = new Set<string>();
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(readonly wanted: Wanted) {
    this.filter = filter(wanted, Date.now());
    this.more();
  }

  close(): void {
    this.control.abort();
    this.looks.close();
    clearTimeout(this.timer);
  }

  /** Read the next page, unless it is being read, or there is none. */
  readonly more = (): void => {
    if (!this.busy && !this.ended.value) this.read(this.turn);
  };

  /** Begin anew; what is shown stays until the first page is there. */
  readonly reload = (): void => {
    this.turn += 1;
    this.next = undefined;
    this.read(this.turn);
  };

  /** Take in what the feed tells. */
  hear(change: Change): void {
    if (change.kind === "ready") {
      this.missed();
      return;
    }
    if (change.kind === "deleted") this.gone.add(change.uuid);
    else this.events.set(change.task.uuid, change.task);
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.settle();
    }, PAUSE_MS);
  }

  /** Every task that is wanted, also those that were not read yet; the reading outlives the list. */
  async *every(): AsyncGenerator<TaskSummary> {
    let token: string | undefined;
    do {
      const page = await this.page(this.filter, { token }, null);
      yield* page.data;
      token = page.nextToken;
    } while (token);
  }

  private page(
    wanted: Filter | undefined,
    rest: { token?: string | undefined } = {},
    signal: AbortSignal | null = this.control.signal,
  ) {
    const { by, descending } = this.wanted;
    const order = { orderBy: by, orderType: descending ? "DESC" : "ASC" } as const;
    const body = { filter: wanted, maximumResults: PAGE, ...order, ...rest } as never;
    return answer(api.POST("/tasks/summaries/paginate", { body, signal }));
  }

  private async read(turn: number): Promise<void> {
    this.busy = true;
    const first = !this.next;
    const asked = Date.now();
    try {
      const page = await this.page(this.filter, { token: this.next });
      if (turn !== this.turn) return;
      if (first) this.begin(asked);
      this.add(page.data);
      this.total.value = page.total;
      this.next = page.nextToken;
      this.ended.value = !page.nextToken;
      this.problem.value = undefined;
    } catch (error) {
      if (!this.control.signal.aborted && turn === this.turn) this.failed(error);
    }
    if (turn === this.turn) this.busy = false;
  }

  private failed(error: unknown): void {
    const problem = error instanceof Problem ? error : new Problem(String(error), 0);
    this.problem.value = problem;
    if (problem.status && problem.status < 500) return;
    setTimeout(() => this.control.signal.aborted || this.more(), AGAIN_MS);
  }

  private begin(asked: number): void {
    this.since = asked;
    this.places.clear();
    this.rows.value = [];
    this.unknown.clear();
    this.fresh.value = 0;
    this.looks.forget();
  }

  private add(found: TaskSummary[]): void {
    const added = found.filter((row) => !this.places.has(row.uuid));
    for (const [index, row] of added.entries()) this.places.set(row.uuid, this.rows.value.length + index);
    this.rows.value = [...this.rows.value, ...added];
  }

  private put(rows: Row[]): void {
    this.places = new Map(rows.map((row, index) => [row.uuid, index]));
    this.rows.value = rows;
  }

  /** Show what has changed since the last time. */
  private settle(): void {
    const { events, gone } = this;
    this.events = new Map();
    this.gone = new Set();
    const rows = this.rows.value.slice();
    for (const event of events.values()) {
      const place = this.places.get(event.uuid);
      const row = place === undefined ? undefined : rows[place];
      if (place === undefined || !row) this.meet(event);
      else {
        rows[place] = changed(row, event);
        if (row.state !== event.state) this.looks.stale(event.uuid);
      }
    }
    this.rows.value = rows;
    this.drop(gone);
    if (this.unknown.size) this.greet();
  }

  private drop(gone: Set<string>): void {
    for (const uuid of gone) this.unknown.delete(uuid);
    const kept = this.rows.value.filter((row) => !gone.has(row.uuid));
    const dropped = this.rows.value.length - kept.length;
    if (!dropped) return;
    this.put(kept);
    this.total.value = Math.max(0, (this.total.value ?? 0) - dropped);
  }

  /** A task that is not here may belong here; not when it only stands further down than what was read. */
  private meet(event: TaskEvent): void {
    const made = moment(event.creationDate);
    const last = this.rows.value.at(-1);
    const below =
      this.wanted.by === "creationDate" && this.wanted.descending
        ? last && made < moment(last.creationDate)
        : made < this.since;
    if (this.gone.has(event.uuid) || (below && !this.ended.value)) return;
    if (this.unknown.size < MOST_NEW) this.unknown.add(event.uuid);
  }

  /** Ask which of them belong here: they go on top, or are counted for the reader to ask for. */
  private async greet(): Promise<void> {
    const values = [...this.unknown];
    const among: Filter = { operator: "In", field: "Uuid", values };
    const page = await this.page(joined(this.filter ? [this.filter, among] : [among])).catch(() => undefined);
    if (!page) return;
    const top = scrollY < TOP_PX && page.total <= PAGE;
    if (!(top && whole(this.wanted) && this.wanted.by === "creationDate" && this.wanted.descending)) {
      this.fresh.value = page.total;
      return;
    }
    const added = page.data.filter((row) => !this.places.has(row.uuid));
    for (const uuid of values) this.unknown.delete(uuid);
    this.put([...added, ...this.rows.value]);
    this.total.value = (this.total.value ?? 0) + added.length;
  }

  /** The feed was away: read anew at the top, elsewhere look again at what is seen. */
  private missed(): void {
    if (scrollY < TOP_PX) this.reload();
    else this.looks.forget();
  }

  private look(tasks: Task[]): void {
    const rows = this.rows.value.slice();
    for (const task of tasks) {
      const place = this.places.get(task.uuid);
      const row = place === undefined ? undefined : rows[place];
      if (place !== undefined && row) rows[place] = looked(row, task);
    }
    this.rows.value = rows;
  }
}
