import type { Submission } from "@/api/types";

/** Where in the form something is wrong: a field of the draft, with its place where it has several. */
export interface Refusal {
  field: string;
  text: string;
}

const FIELDS: Record<string, string> = {
  name: "name",
  shortname: "shortname",
  profile: "profile",
  instanceCount: "instances",
  advancedRanges: "instances",
  resultBucket: "resultBucket",
  resultsBucket: "resultBucket",
  resultsBucketPrefix: "resultPrefix",
  resultsWhitelist: "whitelist",
  resultsBlacklist: "blacklist",
  snapshotWhitelist: "snapshotWhitelist",
  snapshotBlacklist: "snapshotBlacklist",
  interval: "snapshotEveryS",
  hardwareConstraints: "hardware",
  schedulingType: "scheduling",
  targetedReservationName: "reservation",
  maxRunningInstances: "maxRunning",
  jobUuid: "job",
  dependencies: "after",
  "retrySettings.maxPerInstanceRetries": "retries",
  "retrySettings.maxTotalRetries": "totalRetries",
  maxRetriesPerInstance: "retries",
  maxTimeQueueSeconds: "maxQueueS",
  completionTimeToLive: "timeToLive",
  tags: "tags",
  labels: "labels",
};

/** The field that the server's words are about; undefined when they name none. */
export function refusal(message: string, sent: Submission): Refusal | undefined {
  const [, head = "", index, tail = "", text = ""] =
    /^([A-Za-z]+)(?:\[(\d+)\])?((?:\.[^\s:]+)?)[^:]*: ([\s\S]+)$/.exec(message) ?? [];
  if (head === "constants" && index !== undefined) {
    const key = sent.constants?.[Number(index)]?.key;
    return { field: `constants.${key}`, text: sentence(text) };
  }
  if (head === "advancedResourceBuckets") return { field: `inputs.${index ?? 0}`, text: sentence(text) };
  const field = FIELDS[head + tail] ?? FIELDS[head];
  if (field) return { field, text: sentence(text) };
  return bucket(message, sent) ?? hardware(message);
}

const sentence = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

function bucket(message: string, sent: Submission): Refusal | undefined {
  const name = /bucket:? '?([A-Za-z0-9._-]+)/i.exec(message)?.[1];
  const place = sent.advancedResourceBuckets?.findIndex((one) => one.bucketName === name) ?? -1;
  if (place >= 0) return { field: `inputs.${place}`, text: message };
  return name && name === sent.resultBucket ? { field: "resultBucket", text: message } : undefined;
}

function hardware(message: string): Refusal | undefined {
  return /hardware constraint/i.test(message) ? { field: "hardware", text: message } : undefined;
}
