import { expect, test } from "vitest";
import { qarnot } from "./qarnot";
import { FULL, LEAST, URL } from "./samples";

test("the least is a task with its command", () => {
  expect(qarnot(LEAST, 0, URL)).toBe(`import os

import qarnot

token = os.environ["QARNOT_CLIENT_TOKEN"]
connection = qarnot.Connection(cluster_url="http://127.0.0.1:8080", client_token=token)
task = connection.create_task("echo", "docker-batch", 1)
task.constants["DOCKER_CMD"] = "echo hello"
task.submit()
task.wait()
`);
});

test("what it has no word for is said", () => {
  const told = qarnot(FULL, 30, URL);
  expect(told).toContain(
    "from qarnot.advanced_bucket import BucketPrefixFiltering, PrefixResourcesTransformation\n",
  );
  expect(told).toContain("task.hardware_constraints = [GpuHardware()]\n");
  expect(told).toContain("task.retry_settings = RetrySettings(maxPerInstanceRetries=2)\n");
  expect(told).toContain('task.constants["QARNOT_SECRET_PASSWORD"] = os.environ["PASSWORD"]\n');
  expect(told).toContain("# maxRunningInstances: this SDK has no word for it\n");
  expect(told).toContain("task.submit()\ntask.snapshot(30)\n");
  expect(told).not.toContain("hunter2");
});
