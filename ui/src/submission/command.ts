import type { HardwareConstraint, Submission } from "@/api/types";
import { COMMAND } from "@/submission/draft";
import { path, pieces, variable } from "@/submission/pieces";

const BARE = /^[\w@%+=:,./-]+$/; // needs no quotes in a shell
const KEPT = /^[\w@%+=:,./${}-]+$/; // the command line passes such words on as they are
const WORD = /(?:[^\s'"\\]+|'[^']*'|"(?:[^"\\]|\\[\s\S])*"|\\[\s\S])+/y;

/** The submission as a command for a shell, by `stoke run`. */
export function command(sent: Submission, everyS: number, url: string): string {
  const told = pieces(sent);
  const words = told.command === undefined ? [] : split(told.command);
  const whole = told.command !== undefined && !words ? told.command : undefined;
  const { rest, options: known } = worded(told.more);
  const options: [string, string][] = [
    ["--name", quoted(told.name)],
    ["--instances", typeof told.instances === "number" && told.instances > 1 ? String(told.instances) : ""],
    ["--range", typeof told.instances === "string" ? quoted(told.instances) : ""],
    ["--profile", told.profile && quoted(told.profile)],
    ["--image", told.image && quoted(told.image)],
    ...told.inputs.map((one): [string, string] => ["--input", quoted(`s3://${path(one)}`)]),
    ["--results", told.results && quoted(told.results)],
    ["--constant", whole ? quoted(`${COMMAND}=${whole}`) : ""],
    ...pairs("--constant", told.constants),
    ...told.secrets.map((key): [string, string] => ["--constant", `"${key}=$${variable(key)}"`]),
    ...told.tags.map((tag): [string, string] => ["--tag", quoted(tag)]),
    ...pairs("--label", told.labels),
    ["--shortname", told.shortname && quoted(told.shortname)],
    ["--job", told.job],
    ...told.after.map((uuid): [string, string] => ["--after", uuid]),
    ["--retries", told.retries ? String(told.retries) : ""],
    ...known,
    ["--file", Object.keys(rest).length ? "more.json" : ""],
  ];
  const shown = options.filter(([, value]) => value).map(([name, value]) => `${name} ${value}`);
  const last = words?.length ? [`-- ${words.map(quoted).join(" ")}`] : [];
  const run = (flags: string[]) => ["stoke run", ...flags, ...shown, ...last].join(" \\\n  ");
  return [
    `export QARNOT_CLUSTER_URL=${quoted(url)}`,
    ...(Object.keys(rest).length ? ["cat > more.json <<'END'", JSON.stringify(rest, null, 2), "END"] : []),
    ...(everyS
      ? [`task=$(${run(["--detach"])})`, `stoke task snapshot --every ${everyS} "$task"`]
      : [run([])]),
    "",
  ].join("\n");
}

/** A word for a shell. */
export function quoted(word: string): string {
  return BARE.test(word) ? word : `'${word.replaceAll("'", `'"'"'`)}'`;
}

/**
 * The words of a command, where the command line would make the same command of them; undefined where it would not:
 * it quotes words anew, and what is put for a reference then is one word or several as it was not before.
 */
export function split(text: string): string[] | undefined {
  const words: string[] = [];
  let place = 0;
  for (;;) {
    place += /^\s*/.exec(text.slice(place))?.[0].length ?? 0;
    if (place >= text.length) return words;
    WORD.lastIndex = place;
    const raw = WORD.exec(text)?.[0];
    if (!raw) return undefined;
    const word = bare(raw);
    if (word.includes("${") && (word !== raw || !KEPT.test(word))) return undefined;
    words.push(word);
    place += raw.length;
    if (place < text.length && !/\s/.test(text.charAt(place))) return undefined;
  }
}

function bare(raw: string): string {
  return raw.replace(
    /'([^']*)'|"((?:[^"\\]|\\[\s\S])*)"|\\([\s\S])/g,
    (_, single?: string, double?: string, escaped?: string) =>
      single ?? double?.replace(/\\(["\\])/g, "$1") ?? escaped ?? "",
  );
}

function pairs(option: string, values: Record<string, string>): [string, string][] {
  return Object.entries(values).map(([key, value]) => [option, quoted(`${key}=${value}`)]);
}

/** Fields with an option of their own, and the rest, which goes by a file. */
function worded(more: Partial<Submission>): { options: [string, string][]; rest: Partial<Submission> } {
  const {
    maxTimeQueueSeconds,
    completionTimeToLive,
    schedulingType,
    resultsWhitelist,
    resultsBlacklist,
    hardwareConstraints = [],
    ...rest
  } = more;
  const machines = hardwareConstraints.map(machine);
  const known = machines.filter((one) => one !== undefined);
  const all = known.length === machines.length && new Set(known.map(([name]) => name)).size === known.length;
  return {
    options: [
      ["--max-queue", maxTimeQueueSeconds ? String(maxTimeQueueSeconds) : ""],
      ["--ttl", completionTimeToLive ?? ""],
      ["--scheduling", schedulingType ?? ""],
      ["--whitelist", resultsWhitelist ? quoted(resultsWhitelist) : ""],
      ["--blacklist", resultsBlacklist ? quoted(resultsBlacklist) : ""],
      ...(all ? known : []),
    ],
    rest: all ? rest : { ...rest, hardwareConstraints },
  };
}

function machine(one: HardwareConstraint): [string, string] | undefined {
  if (one.discriminator === "MinimumCoreHardwareConstraint") return ["--min-cores", String(one.coreCount)];
  if (one.discriminator === "MinimumRamHardwareConstraint" && Number.isInteger(one.minimumMemoryMB))
    return ["--min-ram", String(one.minimumMemoryMB)];
  if (one.discriminator === "CpuModelHardwareConstraint") return ["--cpu-model", quoted(one.cpuModel ?? "")];
  return undefined;
}
