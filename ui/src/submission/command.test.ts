import { expect, test } from "vitest";
import { command, quoted, split } from "./command";
import { FULL, LEAST, URL } from "./samples";

test("the least is a command", () => {
  expect(command(LEAST, 0, URL)).toBe(`export QARNOT_CLUSTER_URL=http://127.0.0.1:8080
stoke run \\
  --name echo \\
  -- echo hello
`);
});

test("what has no option goes by a file, and no secret is written", () => {
  const told = command(FULL, 0, URL);
  expect(told).toContain('"maxRunningInstances": 2');
  expect(told).toContain('"discriminator": "GpuHardwareConstraint"');
  expect(told).toContain("  --range 0-3,7 \\\n");
  expect(told).toContain("  --input s3://data/in/ \\\n");
  expect(told).toContain(`  --constant 'SEED=it'"'"'s 4' \\\n`);
  expect(told).toContain('  --constant "QARNOT_SECRET_PASSWORD=$PASSWORD" \\\n');
  expect(told).toContain("  --tag 'b c' \\\n");
  expect(told).toContain("  --file more.json \\\n  -- python sim.py '${INSTANCE_ID}'\n");
  expect(told).not.toContain("hunter2");
});

test("snapshots are asked for once the task is there", () => {
  expect(command(LEAST, 30, URL)).toContain(`task=$(stoke run \\
  --detach \\
  --name echo \\
  -- echo hello)
stoke task snapshot --every 30 "$task"
`);
});

test("words are found as a shell finds them", () => {
  expect(split(`sh -c "a \\"b\\" c" 'd e' f\\ g`)).toEqual(["sh", "-c", 'a "b" c', "d e", "f g"]);
  expect(split(`one "two`)).toBeUndefined();
});

test("a reference within quotes stays there: the command is given as a constant", () => {
  expect(split('run "${A}"')).toBeUndefined();
  expect(split("run ${A} x-${B}.txt")).toEqual(["run", "${A}", "x-${B}.txt"]);
  const constants = [{ key: "DOCKER_CMD", value: `run "\${A}"` }];
  expect(command({ ...LEAST, constants }, 0, URL)).toContain(`--constant 'DOCKER_CMD=run "\${A}"'\n`);
});

test("a machine is asked for by options, when there is one for each", () => {
  const hardwareConstraints = [
    { discriminator: "MinimumCoreHardwareConstraint", coreCount: 4 },
    { discriminator: "CpuModelHardwareConstraint", cpuModel: "AMD EPYC" },
  ] as unknown as typeof FULL.hardwareConstraints;
  const told = command({ ...LEAST, hardwareConstraints }, 0, URL);
  expect(told).toContain("--min-cores 4 \\\n  --cpu-model 'AMD EPYC'");
  expect(told).not.toContain("more.json");
});

test("what a shell would read otherwise is quoted", () => {
  expect([quoted("a/b.c"), quoted("a b"), quoted(""), quoted("$x")]).toEqual([
    "a/b.c",
    "'a b'",
    "''",
    "'$x'",
  ]);
});
