import { expect, test } from "vitest";
import { python } from "./python";
import { FULL, LEAST, URL } from "./samples";

test("the least is a line", () => {
  expect(python(LEAST, 0, URL)).toBe(`from stokehold.client import Client

with Client("http://127.0.0.1:8080") as client:
    task = client.submit("echo hello", name="echo")
    task.wait(progress=True)
`);
});

test("all that can be said has its word, secrets come from the environment", () => {
  const told = python(FULL, 30, URL);
  expect(told).toContain(`    task = client.submit(
        "python sim.py \${INSTANCE_ID}",
        name="sweep",
        instances="0-3,7",
        image="python:3.12",
        inputs=["data/in/", "models"],
        results="out/run/",
`);
  expect(told).toContain('"QARNOT_SECRET_PASSWORD": os.environ["PASSWORD"]');
  expect(told).toContain('hardwareConstraints=[{"discriminator": "GpuHardwareConstraint"}]');
  expect(told).toContain("    task.snapshot(every_s=30)\n");
  expect(told).not.toContain("hunter2");
});
