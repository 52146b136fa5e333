import { expect, test } from "vitest";
import { body, every, listed, masked, named } from "./body";
import { blank, kept } from "./draft";

const draft = (some: object) => ({ ...blank(), ...some });

test("a draft that says nothing is the least that can be submitted", () => {
  expect(body(blank())).toEqual({ name: "task", profile: "docker-batch", instanceCount: 1 });
});

test("a task that was given no name has that of its program", () => {
  expect(named("/usr/bin/solve --fast")).toBe("solve");
  expect(named("python dir/sim.py ${INSTANCE_ID}")).toBe("sim.py");
  expect(named("sh -c 'true'")).toBe("sh");
  expect(named("")).toBe("task");
});

test("instances are a number or ranges of ids", () => {
  expect(body(draft({ instances: " 8 " })).instanceCount).toBe(8);
  expect(body(draft({ instances: "0-3,7" }))).toMatchObject({ advancedRanges: "0-3,7" });
});

test("constants come from the profile, the environment and the secrets", () => {
  const sent = body(
    draft({
      values: { DOCKER_CMD: "true" },
      environment: [
        { key: "A", value: "" },
        { key: "", value: "" },
      ],
      secrets: [{ key: "PASSWORD", value: "hunter2" }],
    }),
  );
  expect(sent.constants).toEqual([
    { key: "DOCKER_CMD", value: "true" },
    { key: "A", value: "" },
    { key: "QARNOT_SECRET_PASSWORD", value: "hunter2" },
  ]);
  expect(JSON.stringify(masked(sent))).not.toContain("hunter2");
});

test("the paths of an input are without its prefix, unless they shall have it", () => {
  const inputs = [
    { bucket: "data", prefix: "in/", strip: true },
    { bucket: "data", prefix: "raw/", strip: false },
    { bucket: "", prefix: "", strip: true },
  ];
  expect(body(draft({ inputs })).advancedResourceBuckets).toEqual([
    {
      bucketName: "data",
      filtering: { prefixFiltering: { prefix: "in/" } },
      resourcesTransformation: { stripPrefix: { prefix: "in/" } },
    },
    { bucketName: "data", filtering: { prefixFiltering: { prefix: "raw/" } } },
  ]);
});

test("tasks are waited for within a job only", () => {
  expect(body(draft({ after: ["u"] })).dependencies).toBeUndefined();
  expect(body(draft({ after: ["u"], job: "j" })).dependencies).toEqual({ dependsOn: ["u"] });
});

test("numbers are sent as numbers, and nothing is sent for those that are empty", () => {
  const sent = body(draft({ retries: "2", totalRetries: "", maxQueueS: "60", maxRunning: "4" }));
  expect(sent).toMatchObject({
    retrySettings: { maxPerInstanceRetries: 2 },
    maxTimeQueueSeconds: 60,
    maxRunningInstances: 4,
  });
  expect(every(draft({ snapshotEveryS: "30" }))).toBe(30);
});

test("tags stand between commas, each once", () => {
  expect(listed(" a, b,,a ")).toEqual(["a", "b"]);
});

test("a draft is kept without the values of its secrets", () => {
  const written = draft({ secrets: [{ key: "PASSWORD", value: "hunter2" }] });
  expect(kept(written).secrets).toEqual([{ key: "PASSWORD", value: "" }]);
});
