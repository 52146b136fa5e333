import type { Submission } from "@/api/types";

/** Submissions that the tests of the writers write. */
export const URL = "http://127.0.0.1:8080";

export const LEAST: Submission = {
  name: "echo",
  profile: "docker-batch",
  instanceCount: 1,
  constants: [{ key: "DOCKER_CMD", value: "echo hello" }],
} as Submission;

export const FULL = {
  name: "sweep",
  shortname: "sweep-1",
  profile: "docker-batch",
  advancedRanges: "0-3,7",
  constants: [
    { key: "DOCKER_REPO", value: "python" },
    { key: "DOCKER_TAG", value: "3.12" },
    { key: "DOCKER_CMD", value: "python sim.py ${INSTANCE_ID}" },
    { key: "SEED", value: "it's 4" },
    { key: "QARNOT_SECRET_PASSWORD", value: "hunter2" },
  ],
  advancedResourceBuckets: [
    {
      bucketName: "data",
      filtering: { prefixFiltering: { prefix: "in/" } },
      resourcesTransformation: { stripPrefix: { prefix: "in/" } },
    },
    { bucketName: "models" },
  ],
  resultBucket: "out",
  resultsBucketPrefix: "run/",
  resultsWhitelist: "\\.csv$",
  hardwareConstraints: [{ discriminator: "GpuHardwareConstraint" }],
  schedulingType: "onDemand",
  maxRunningInstances: 2,
  retrySettings: { maxPerInstanceRetries: 2 },
  maxTimeQueueSeconds: 600,
  completionTimeToLive: "1.00:00:00",
  tags: ["a", "b c"],
  labels: { team: "blue" },
} as unknown as Submission;
