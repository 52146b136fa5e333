import { expect, test } from "vitest";
import type { Profile, Submission, Task } from "@/api/types";
import { body } from "./body";
import { like } from "./origin";

const profile: Profile = {
  name: "docker-batch",
  constants: [{ name: "DOCKER_CMD", value: "", description: "" }],
  licenses: [],
};

/** What the server answers of a submission, as far as the form reads it. */
const shown = (sent: Submission) =>
  ({
    constants: [],
    hardwareConstraints: [],
    instanceCount: 0,
    completionTimeToLive: "00:00:00",
    schedulingType: "flex",
    retrySettings: {},
    ...sent,
  }) as unknown as Task;

const sent: Submission = {
  name: "solve",
  profile: "docker-batch",
  advancedRanges: "0-3,7",
  constants: [
    { key: "DOCKER_CMD", value: "solve ${INSTANCE_ID}" },
    { key: "SEED", value: "4" },
  ],
  advancedResourceBuckets: [
    {
      bucketName: "data",
      filtering: { prefixFiltering: { prefix: "in/" } },
      resourcesTransformation: { stripPrefix: { prefix: "in/" } },
    },
    { bucketName: "more", cacheTTLSec: 60 },
  ],
  resultBucket: "out",
  resultsBucketPrefix: "run/",
  hardwareConstraints: [{ discriminator: "MinimumCoreHardwareConstraint", coreCount: 4 }],
  maxRunningInstances: 2,
  retrySettings: { maxPerInstanceRetries: 3 },
  maxTimeQueueSeconds: 60,
  completionTimeToLive: "1.00:00:00",
  snapshotWhitelist: "^x",
  tags: ["a", "b"],
  labels: { team: "blue" },
  autoDeleteOnCompletion: true,
  secretsAccessRights: { bySecret: [{ key: "k" }], byPrefix: [] },
} as unknown as Submission;

test("a task submits like the one that it was cloned from", () => {
  expect(body(like(shown(sent), profile))).toEqual(sent);
});

test("secrets are left to be typed again", () => {
  const constants = [{ key: "QARNOT_SECRET_PASSWORD", value: "[SECRET]" }];
  expect(like(shown({ ...sent, constants }), profile).secrets).toEqual([{ key: "PASSWORD", value: "" }]);
});
