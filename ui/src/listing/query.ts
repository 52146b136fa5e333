/** A comparison, or several joined, in the grammar of the server's searches. */
export type Filter =
  | { operator: "And" | "Or"; filters: Filter[] }
  | { operator: "In"; field: string; values: string[] }
  | { operator: "Equal" | "Like" | "GreaterThanOrEqual"; field: string; value: string };

export type Order = "creationDate" | "name" | "state" | "executionTime";

/** Which tasks the list shows, in which order: what its address tells. */
export interface Wanted {
  text: string;
  states: string[]; // names of `GROUPS`
  tag: string;
  profile: string;
  job: string;
  created: string; // a name of `SPANS`
  by: Order;
  descending: boolean;
}

/** States by the words under which one looks for them. */
export const GROUPS: Record<string, string[]> = {
  Queued: ["Submitted"],
  Running: [
    "PartiallyDispatched",
    "FullyDispatched",
    "PartiallyExecuting",
    "FullyExecuting",
    "DownloadingResults",
    "UploadingResults",
  ],
  Success: ["Success"],
  Failure: ["Failure"],
  Cancelled: ["PendingCancel", "PendingDelete", "Cancelled"],
};

export const SPANS: Record<string, string> = {
  "": "Any time",
  hour: "Last hour",
  today: "Today",
  week: "Last 7 days",
  month: "Last 30 days",
};

const ORDERS: Order[] = ["creationDate", "name", "state", "executionTime"];
const HOUR_MS = 3_600_000;
const DAYS: Record<string, number> = { week: 7, month: 30 };
const SHORTNAME = /^[A-Za-z0-9][A-Za-z0-9-]*$/;
const IDENTITY = /^[0-9a-f]{8}[0-9a-f-]{0,28}$/i;

export function read(query: URLSearchParams): Wanted {
  const by = ORDERS.find((order) => order === query.get("sort")) ?? "creationDate";
  const said = query.get("dir");
  return {
    text: query.get("q")?.trim() ?? "",
    states: (query.get("state") ?? "").split(",").filter((name) => name in GROUPS),
    tag: query.get("tag")?.trim() ?? "",
    profile: query.get("profile") ?? "",
    job: query.get("job") ?? "",
    created: (query.get("created") ?? "") in SPANS ? (query.get("created") ?? "") : "",
    by,
    descending: said ? said === "desc" : falling(by),
  };
}

/** The direction in which one mostly wants an order: the latest and the longest first, names from A on. */
const falling = (by: Order) => by === "creationDate" || by === "executionTime";

/** What a click on the head of a column asks of the address: that order, or its other direction. */
export function sorted(wanted: Wanted, by: Order): Record<string, string | undefined> {
  const descending = wanted.by === by ? !wanted.descending : falling(by);
  return {
    sort: by === "creationDate" ? undefined : by,
    dir: descending === falling(by) ? undefined : descending ? "desc" : "asc",
  };
}

/** Whether nothing is left out. */
export const whole = (wanted: Wanted) =>
  !(wanted.text || wanted.states.length || wanted.tag || wanted.profile || wanted.job || wanted.created);

/** The same for the server; undefined when everything is wanted. */
export function filter(wanted: Wanted, now: number): Filter | undefined {
  const parts: (Filter | false)[] = [
    Boolean(wanted.text) && texts(wanted.text),
    wanted.states.length > 0 && {
      operator: "In",
      field: "State",
      values: wanted.states.flatMap((name) => GROUPS[name] ?? []),
    },
    equal("Tags", wanted.tag),
    equal("Profile", wanted.profile),
    equal("JobUuid", wanted.job),
    Boolean(wanted.created) && {
      operator: "GreaterThanOrEqual",
      field: "CreationDate",
      value: since(wanted.created, now),
    },
  ];
  return joined(parts.filter((part): part is Filter => part !== false));
}

/** All of them. */
export function joined(filters: Filter[]): Filter | undefined {
  return filters.length > 1 ? { operator: "And", filters } : filters[0];
}

const equal = (field: string, value: string): Filter | false =>
  Boolean(value) && { operator: "Equal", field, value };

/** Names that have the text anywhere, in whatever case; shortnames and UUIDs that begin with it. */
function texts(text: string): Filter {
  const filters: Filter[] = [{ operator: "Like", field: "Name", value: [...text].map(either).join("") }];
  if (SHORTNAME.test(text))
    filters.push({ operator: "Like", field: "Shortname", value: `^${escaped(text)}` });
  if (IDENTITY.test(text))
    filters.push({ operator: "Like", field: "Uuid", value: `^${escaped(text.toLowerCase())}` });
  return filters.length > 1 ? { operator: "Or", filters } : (filters[0] as Filter);
}

const escaped = (text: string) => text.replace(/[!-/:-@[-`{-~]/g, "\\$&");

/** A character in both its cases. Not the flag for that: the server looks faster for what is written out. */
function either(char: string): string {
  const [lower, upper] = [char.toLowerCase(), char.toUpperCase()];
  return lower !== upper && [...lower].length + [...upper].length === 2
    ? `[${lower}${upper}]`
    : escaped(char);
}

function since(span: string, now: number): string {
  const days = DAYS[span];
  if (days) return new Date(now - days * 24 * HOUR_MS).toISOString();
  return span === "today"
    ? new Date(new Date(now).setHours(0, 0, 0, 0)).toISOString()
    : new Date(now - HOUR_MS).toISOString();
}
