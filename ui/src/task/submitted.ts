import type { HardwareConstraint, Task } from "@/api/types";

const FIELDS = [
  "name", "shortname", "profile", "jobUuid", "projectUuid", "totalInstanceCount", "advancedRanges", "constants",
  "forcedConstants", "resourceBuckets", "advancedResourceBuckets", "resultBucket", "resultsBucketPrefix",
  "resultsWhitelist", "resultsBlacklist", "snapshotInterval", "snapshotBucket", "snapshotBucketPrefix",
  "snapshotWhitelist", "snapshotBlacklist", "hardwareConstraints", "constraints", "schedulingType",
  "targetedReservedMachineKey", "targetedReservationName", "maxRunningInstances", "maxTimeQueueSeconds",
  "retrySettings", "maxRetriesPerInstance", "dependencies", "autoDeleteOnCompletion", "completionTimeToLive",
  "uploadResultsOnCancellation", "waitForPoolResourcesSynchronization", "privileges", "secretsAccessRights",
  "forcedNetworkRules", "defaultResourcesCacheTTLSec", "resultsCacheTTLSec", "tags", "labels",
] as const; // biome-ignore format: a list of words

/** A time as the server writes it, unless it is none. */
export const lasting = (text: string | undefined): string | undefined =>
  text && !/^[0.:]+$/.test(text) ? text : undefined;

const empty = (value: unknown): boolean =>
  value === undefined ||
  value === "" ||
  value === 0 ||
  value === false ||
  (typeof value === "string" && !lasting(value)) ||
  (typeof value === "object" && value !== null && Object.keys(value).length === 0);

/** What was submitted, as far as it says something. */
export function submitted(task: Task): Partial<Task> {
  return Object.fromEntries(
    FIELDS.filter((field) => !empty(task[field])).map((field) => [field, task[field]]),
  ) as Partial<Task>;
}

/** A hardware constraint in a few words. */
export function hardware(constraint: HardwareConstraint): string {
  const { discriminator, coreCount, specificationKey, cpuModel } = constraint;
  const words: Record<string, string> = {
    MinimumCoreHardwareConstraint: `at least ${coreCount} cores`,
    MaximumCoreHardwareConstraint: `at most ${coreCount} cores`,
    MinimumRamHardwareConstraint: `at least ${constraint.minimumMemoryMB} MB of memory`,
    MaximumRamHardwareConstraint: `at most ${constraint.maximumMemoryMB} MB of memory`,
    MinimumRamCoreRatioHardwareConstraint: `at least ${constraint.minimumMemoryGBCoreRatio} GB of memory a core`,
    MaximumRamCoreRatioHardwareConstraint: `at most ${constraint.maximumMemoryGBCoreRatio} GB of memory a core`,
    SpecificHardwareConstraint: `machines ${specificationKey}`,
    CpuModelHardwareConstraint: `CPU ${cpuModel}`,
    GpuHardwareConstraint: "with a GPU",
    NoGpuHardwareConstraint: "without a GPU",
    SSDHardwareConstraint: "with an SSD",
    NoSSDHardwareConstraint: "without an SSD",
  };
  return words[String(discriminator)] ?? String(discriminator);
}
