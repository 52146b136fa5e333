import type { HardwareConstraint, Submission } from "@/api/types";
import { PROFILE, SECRET } from "@/submission/draft";
import { call, literal } from "@/submission/literal";
import { variable } from "@/submission/pieces";

type Line = string;

/** Lines of the program, and what it must import for them. */
class Program {
  readonly lines: Line[] = [];
  readonly imports = new Map<string, Set<string>>();

  use(module: string, name: string): string {
    const names = this.imports.get(module) ?? new Set();
    this.imports.set(module, names.add(name));
    return name;
  }

  set(name: string, value: unknown): void {
    if (value !== undefined && value !== null && value !== false && value !== "")
      this.lines.push(`task.${name} = ${literal(value)}`);
  }
}

/** Attributes of a task that are called as they are here. */
const SAME: Record<string, keyof Submission> = {
  results_whitelist: "resultsWhitelist",
  results_blacklist: "resultsBlacklist",
  snapshot_whitelist: "snapshotWhitelist",
  snapshot_blacklist: "snapshotBlacklist",
  tags: "tags",
  labels: "labels",
  completion_ttl: "completionTimeToLive",
  max_time_queue_seconds: "maxTimeQueueSeconds",
  default_resources_cache_ttl_sec: "defaultResourcesCacheTTLSec",
  targeted_reservation_name: "targetedReservationName",
  targeted_reserved_machine_key: "targetedReservedMachineKey",
  upload_results_on_cancellation: "uploadResultsOnCancellation",
  auto_delete: "autoDeleteOnCompletion",
};

/** What has lines of its own below. */
const TOLD: (keyof Submission)[] = [
  "name",
  "shortname",
  "profile",
  "instanceCount",
  "advancedRanges",
  "jobUuid",
  "constants",
  "advancedResourceBuckets",
  "resultBucket",
  "hardwareConstraints",
  "schedulingType",
  "retrySettings",
  "privileges",
  "dependencies",
];

const SCHEDULING: Record<string, string> = {
  flex: "FlexScheduling",
  onDemand: "OnDemandScheduling",
  reserved: "ReservedScheduling",
};

/** The submission in Python, by the `qarnot` SDK. */
export function qarnot(sent: Submission, everyS: number, url: string): string {
  const program = new Program();
  begin(program, sent);
  constants(program, sent);
  buckets(program, sent);
  settings(program, sent);
  for (const [name, field] of Object.entries(SAME)) program.set(name, sent[field]);
  for (const field of Object.keys(sent) as (keyof Submission)[])
    if (!TOLD.includes(field) && !Object.values(SAME).includes(field))
      program.lines.push(`# ${field}: this SDK has no word for it`);
  program.lines.push("task.submit()", ...(everyS ? [`task.snapshot(${everyS})`] : []), "task.wait()");
  const imports = [...program.imports].sort(([a], [b]) => (a < b ? -1 : 1));
  return [
    "import os",
    "",
    "import qarnot",
    ...imports.map(([module, names]) => `from qarnot.${module} import ${[...names].sort().join(", ")}`),
    "",
    'token = os.environ["QARNOT_CLIENT_TOKEN"]',
    `connection = qarnot.Connection(cluster_url=${literal(url)}, client_token=token)`,
    ...program.lines,
    "",
  ].join("\n");
}

function begin(program: Program, sent: Submission): void {
  const args = [sent.name ?? "", sent.profile ?? PROFILE, sent.advancedRanges ?? sent.instanceCount ?? 1];
  const named = args.map((arg) => literal(arg));
  if (sent.shortname) named.push(`shortname=${literal(sent.shortname)}`);
  if (sent.jobUuid) named.push(`job=connection.retrieve_job(${literal(sent.jobUuid)})`);
  program.lines.push(`task = ${call("connection.create_task", named)}`);
  const after = sent.dependencies?.dependsOn;
  if (after?.length) program.lines.push(`task.set_task_dependencies_from_uuids(${literal(after)})`);
}

function constants(program: Program, sent: Submission): void {
  for (const { key, value } of sent.constants ?? []) {
    const told = key.startsWith(SECRET) ? `os.environ["${variable(key)}"]` : literal(value);
    program.lines.push(`task.constants[${literal(key)}] = ${told}`);
  }
}

function buckets(program: Program, sent: Submission): void {
  const inputs = (sent.advancedResourceBuckets ?? []).map((one) => {
    const prefix = one.filtering?.prefixFiltering?.prefix;
    const stripped = one.resourcesTransformation?.stripPrefix?.prefix;
    let bucket = `connection.create_bucket(${literal(one.bucketName)})`;
    if (prefix)
      bucket += `.with_filtering(${program.use("advanced_bucket", "BucketPrefixFiltering")}(${literal(prefix)}))`;
    if (stripped)
      bucket += `.with_resource_transformation(${program.use("advanced_bucket", "PrefixResourcesTransformation")}(${literal(stripped)}))`;
    return one.cacheTTLSec ? `${bucket}.with_cache_ttl(${one.cacheTTLSec})` : bucket;
  });
  if (inputs.length === 1) program.lines.push(`task.resources = [${inputs[0]}]`);
  else if (inputs.length)
    program.lines.push(`task.resources = [\n${inputs.map((one) => `    ${one},\n`).join("")}]`);
  if (sent.resultBucket)
    program.lines.push(`task.results = connection.create_bucket(${literal(sent.resultBucket)})`);
}

function settings(program: Program, sent: Submission): void {
  const set = (name: string, code: string) => program.lines.push(`task.${name} = ${code}`);
  if (sent.hardwareConstraints?.length)
    set(
      "hardware_constraints",
      `[${sent.hardwareConstraints.map((one) => machine(program, one)).join(", ")}]`,
    );
  const scheduling = SCHEDULING[sent.schedulingType ?? ""];
  if (scheduling) set("scheduling_type", `${program.use("scheduling_type", scheduling)}()`);
  const { maxTotalRetries, maxPerInstanceRetries } = sent.retrySettings ?? {};
  const retries = [
    ...(maxTotalRetries ? [`maxTotalRetries=${maxTotalRetries}`] : []),
    ...(maxPerInstanceRetries ? [`maxPerInstanceRetries=${maxPerInstanceRetries}`] : []),
  ];
  if (retries.length)
    set("retry_settings", `${program.use("retry_settings", "RetrySettings")}(${retries.join(", ")})`);
  if (sent.privileges?.exportApiAndStorageCredentialsInEnvironment)
    set("privileges", `${program.use("privileges", "Privileges")}(exportCredentialsInEnv=True)`);
}

function machine(program: Program, { discriminator, ...values }: HardwareConstraint): string {
  const name = program.use("hardware_constraint", discriminator.replace("Constraint", ""));
  const value = Object.values(values).find((one) => one !== null && one !== undefined);
  return `${name}(${value === undefined ? "" : literal(value)})`;
}
