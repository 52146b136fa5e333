import type { Submission } from "@/api/types";
import { COMMAND, type Draft, type Input, type Pair, SECRET, SHOWN } from "@/submission/draft";

type Constants = { key: string; value: string }[];

/** What is sent for a draft. Fields that say nothing are absent. */
export function body(draft: Draft): Submission {
  const sent = {
    name: draft.name.trim() || named(draft.values[COMMAND] ?? ""),
    shortname: draft.shortname.trim(),
    profile: draft.profile,
    ...instances(draft.instances),
    constants: constants(draft),
    advancedResourceBuckets: draft.inputs.filter((input) => input.bucket).map(mount),
    resultBucket: draft.resultBucket.trim(),
    resultsBucketPrefix: draft.resultPrefix,
    resultsWhitelist: draft.whitelist,
    resultsBlacklist: draft.blacklist,
    hardwareConstraints: draft.hardware,
    schedulingType: draft.scheduling,
    targetedReservationName: draft.scheduling === "reserved" ? draft.reservation.trim() : "",
    maxRunningInstances: amount(draft.maxRunning),
    jobUuid: draft.job,
    dependencies: draft.job && draft.after.length ? { dependsOn: draft.after } : undefined,
    retrySettings: retries(draft),
    maxTimeQueueSeconds: amount(draft.maxQueueS),
    completionTimeToLive: draft.timeToLive.trim(),
    snapshotWhitelist: draft.snapshotWhitelist,
    snapshotBlacklist: draft.snapshotBlacklist,
    tags: listed(draft.tags),
    labels: labels(draft.labels),
    uploadResultsOnCancellation: draft.uploadOnCancel,
    autoDeleteOnCompletion: draft.autoDelete,
    privileges: draft.credentials ? { exportApiAndStorageCredentialsInEnvironment: true } : undefined,
    ...draft.other,
  };
  return Object.fromEntries(Object.entries(sent).filter(([, value]) => says(value))) as Submission;
}

/** Seconds between the snapshots that are asked for once the task is there; 0: none. */
export const every = (draft: Draft) => amount(draft.snapshotEveryS) ?? 0;

/** The same without what must not be seen. */
export function masked(sent: Submission): Submission {
  const constants = sent.constants?.map((one) =>
    one.key.startsWith(SECRET) ? { key: one.key, value: SHOWN } : one,
  );
  return constants ? { ...sent, constants } : sent;
}

/** The name of a task that was given none: that of its program, as the command line has it. */
export function named(command: string): string {
  const words = command.trim().split(/\s+/);
  const [program = "", script = ""] = words;
  const word = /^(python|bash|sh$|Rscript|julia|node)/.test(program) && script && !/^[-'"]/.test(script);
  return (word ? script : program).split("/").pop()?.replace(/["']/g, "").slice(0, 100) || "task";
}

/** The words between the commas. */
export const listed = (text: string) => [
  ...new Set(
    text
      .split(",")
      .map((one) => one.trim())
      .filter(Boolean),
  ),
];

function says(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (value && typeof value === "object") return Object.keys(value).length > 0;
  return value !== undefined && value !== null && value !== "" && value !== false;
}

const amount = (text: string) => (text.trim() === "" ? undefined : Number(text));

function instances(text: string): Pick<Submission, "instanceCount" | "advancedRanges"> {
  const told = text.trim();
  if (told === "") return { instanceCount: 1 };
  return /^\d+$/.test(told) ? { instanceCount: Number(told) } : { advancedRanges: told };
}

function constants(draft: Draft): Constants {
  const own = Object.entries(draft.values).map(([key, value]) => ({ key, value }));
  const secrets = draft.secrets.map(({ key, value }) => ({ key: key && secret(key), value }));
  return [...own, ...draft.environment, ...secrets].filter(({ key, value }) => key.trim() || value);
}

const secret = (key: string) => (key.startsWith(SECRET) ? key : SECRET + key);

function labels(pairs: Pair[]): Record<string, string> {
  return Object.fromEntries(pairs.filter(({ key }) => key.trim()).map(({ key, value }) => [key, value]));
}

function retries(draft: Draft): Submission["retrySettings"] {
  const settings = {
    maxPerInstanceRetries: amount(draft.retries),
    maxTotalRetries: amount(draft.totalRetries),
  };
  const given = Object.entries(settings).filter(([, value]) => value);
  return given.length ? (Object.fromEntries(given) as Submission["retrySettings"]) : undefined;
}

function mount({ bucket, prefix, strip, cacheS }: Input) {
  return {
    bucketName: bucket,
    ...(prefix && { filtering: { prefixFiltering: { prefix } } }),
    ...(prefix && strip && { resourcesTransformation: { stripPrefix: { prefix } } }),
    ...(cacheS && { cacheTTLSec: cacheS }),
  };
}
