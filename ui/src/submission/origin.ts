import type { Profile, Submission, Task } from "@/api/types";
import { blank, type Draft, type Input, type Pair, SECRET } from "@/submission/draft";

const CACHED_S = 7_776_000; // unless a task says otherwise
const NEVER = "00:00:00";

/** The draft of a task like another. Values of secrets are not known: they are left to be typed again. */
export function like(task: Task, profile: Profile): Draft {
  const own = new Set(profile.constants.map((one) => one.name));
  const open = task.constants.filter((one) => !one.key.startsWith(SECRET));
  return {
    ...blank(),
    profile: task.profile,
    values: Object.fromEntries(open.filter((one) => own.has(one.key)).map((one) => [one.key, one.value])),
    name: task.name,
    instances: task.advancedRanges || String(task.instanceCount),
    inputs: [...(task.resourceBuckets ?? []).map(plain), ...(task.advancedResourceBuckets ?? []).map(input)],
    resultBucket: task.resultBucket ?? "",
    resultPrefix: task.resultsBucketPrefix ?? "",
    whitelist: task.resultsWhitelist ?? "",
    blacklist: task.resultsBlacklist ?? "",
    environment: open.filter((one) => !own.has(one.key)).map(({ key, value }) => ({ key, value })),
    secrets: task.constants
      .filter((one) => one.key.startsWith(SECRET))
      .map((one) => ({ key: one.key.slice(SECRET.length), value: "" })),
    hardware: task.hardwareConstraints,
    scheduling: task.schedulingType === "flex" ? "" : (task.schedulingType ?? ""),
    reservation: task.targetedReservationName ?? "",
    maxRunning: text(task.maxRunningInstances),
    job: task.jobUuid ?? "",
    after: task.dependencies?.dependsOn ?? [],
    retries: text(task.retrySettings?.maxPerInstanceRetries || task.maxRetriesPerInstance),
    totalRetries: text(task.retrySettings?.maxTotalRetries),
    maxQueueS: text(task.maxTimeQueueSeconds),
    timeToLive: task.completionTimeToLive === NEVER ? "" : (task.completionTimeToLive ?? ""),
    snapshotEveryS: text(task.snapshotInterval),
    snapshotWhitelist: task.snapshotWhitelist ?? "",
    snapshotBlacklist: task.snapshotBlacklist ?? "",
    tags: (task.tags ?? []).join(", "),
    labels: Object.entries(task.labels ?? {}).map(([key, value]): Pair => ({ key, value })),
    uploadOnCancel: task.uploadResultsOnCancellation ?? false,
    autoDelete: task.autoDeleteOnCompletion ?? false,
    credentials: task.privileges?.exportApiAndStorageCredentialsInEnvironment ?? false,
    other: other(task),
  };
}

const text = (amount: number | null | undefined) => (amount ? String(amount) : "");
const plain = (bucket: string): Input => ({ bucket, prefix: "", strip: true });

function input(mount: NonNullable<Submission["advancedResourceBuckets"]>[number]): Input {
  const prefix = mount.filtering?.prefixFiltering?.prefix ?? "";
  const stripped = mount.resourcesTransformation?.stripPrefix?.prefix ?? "";
  return {
    bucket: mount.bucketName,
    prefix,
    strip: !prefix || stripped === prefix,
    cacheS: mount.cacheTTLSec,
  };
}

/** What has no field in the form is taken over as it is. */
function other(task: Task): Partial<Submission> {
  const told = task as unknown as Partial<Submission>;
  const rights = told.secretsAccessRights;
  const waits = told.dependencies?.advancedDependsOn;
  return Object.fromEntries(
    Object.entries({
      forcedConstants: told.forcedConstants?.length ? told.forcedConstants : undefined,
      forcedNetworkRules: told.forcedNetworkRules?.length ? told.forcedNetworkRules : undefined,
      secretsAccessRights: rights?.bySecret?.length || rights?.byPrefix?.length ? rights : undefined,
      dependencies: waits?.length
        ? {
            advancedDependsOn: waits.map(({ taskUuid, taskFinalStateCondition }) => ({
              taskUuid,
              taskFinalStateCondition,
            })),
          }
        : undefined,
      snapshotBucket: told.snapshotBucket,
      snapshotBucketPrefix: told.snapshotBucketPrefix,
      resultsCacheTTLSec: told.resultsCacheTTLSec,
      defaultResourcesCacheTTLSec:
        told.defaultResourcesCacheTTLSec === CACHED_S ? undefined : told.defaultResourcesCacheTTLSec,
      targetedReservedMachineKey: told.targetedReservedMachineKey,
    }).filter(([, value]) => value !== undefined && value !== null && value !== ""),
  ) as Partial<Submission>;
}
