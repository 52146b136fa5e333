import type { HardwareConstraint, Submission } from "@/api/types";

export interface Pair {
  key: string;
  value: string;
}

/** The objects of a bucket below a prefix. `strip`: their paths are without the prefix. */
export interface Input {
  bucket: string;
  prefix: string;
  strip: boolean;
  cacheS?: number | null | undefined;
}

/** A task as it is being written: texts as they were typed. What is empty is left to the server. */
export interface Draft {
  profile: string;
  values: Record<string, string>; // constants of the profile that are other than its own
  name: string;
  instances: string; // a number, or ranges of ids
  inputs: Input[];
  resultBucket: string;
  resultPrefix: string;
  whitelist: string;
  blacklist: string;
  environment: Pair[];
  secrets: Pair[]; // without the prefix that makes them secret
  hardware: HardwareConstraint[];
  scheduling: string;
  reservation: string;
  maxRunning: string;
  job: string;
  after: string[]; // UUIDs of tasks
  retries: string;
  totalRetries: string;
  maxQueueS: string;
  timeToLive: string;
  snapshotEveryS: string;
  snapshotWhitelist: string;
  snapshotBlacklist: string;
  shortname: string;
  tags: string; // with commas between
  labels: Pair[];
  uploadOnCancel: boolean;
  autoDelete: boolean;
  credentials: boolean;
  other: Partial<Submission>; // what the form has no field for, of the task that it was cloned from
}

export const SECRET = "QARNOT_SECRET_"; // constants so named are never shown again
export const SHOWN = "[SECRET]"; // what is shown instead
export const COMMAND = "DOCKER_CMD";
export const PROFILE = "docker-batch";

export function blank(): Draft {
  return {
    profile: PROFILE,
    values: {},
    name: "",
    instances: "1",
    inputs: [],
    resultBucket: "",
    resultPrefix: "",
    whitelist: "",
    blacklist: "",
    environment: [],
    secrets: [],
    hardware: [],
    scheduling: "",
    reservation: "",
    maxRunning: "",
    job: "",
    after: [],
    retries: "",
    totalRetries: "",
    maxQueueS: "",
    timeToLive: "",
    snapshotEveryS: "",
    snapshotWhitelist: "",
    snapshotBlacklist: "",
    shortname: "",
    tags: "",
    labels: [],
    uploadOnCancel: false,
    autoDelete: false,
    credentials: false,
    other: {},
  };
}

/** A draft as it may be kept: without the values of secrets. */
export function kept(draft: Draft): Draft {
  return { ...draft, secrets: draft.secrets.map(({ key }) => ({ key, value: "" })) };
}
