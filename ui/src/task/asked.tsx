import type { Task } from "@/api/types";
import type { Fact } from "@/components/facts";
import { State } from "@/components/state";
import { to } from "@/route";
import { hardware, lasting } from "@/task/submitted";
import { TaskTags } from "@/task/tags";
import { count, counted, duration } from "@/words/amounts";

const pattern = (text: string | undefined) => text && <code>{text}</code>;

export const general = (task: Task): Fact[] => [
  ["Name", task.name],
  ["Name for scripts", <code key="s">{task.shortname}</code>],
  ["UUID", <code key="u">{task.uuid}</code>],
  [
    "Profile",
    <a key="p" href={to(["profiles", task.profile])}>
      {task.profile}
    </a>,
  ],
  [
    "Instances",
    task.advancedRanges
      ? `${task.advancedRanges} (${count(task.totalInstanceCount)})`
      : count(task.totalInstanceCount),
  ],
  task.jobUuid && [
    "Job",
    <a key="j" href={to(["jobs", task.jobUuid])}>
      {task.jobUuid}
    </a>,
  ],
  ["Tags", <TaskTags key="t" />],
  ...Object.entries(task.labels).map(([name, value]): Fact => [`Label ${name}`, value]),
];

export const inputs = (task: Task): Fact[] => [
  ...task.resourceBuckets.map((bucket): Fact => ["Bucket", <Bucket key={bucket} bucket={bucket} />]),
  ...task.advancedResourceBuckets.map(
    (one, index): Fact => [
      `Bucket${task.advancedResourceBuckets.length > 1 ? ` ${index + 1}` : ""}`,
      <span key={index}>
        <Bucket bucket={one.bucketName} prefix={one.filtering?.prefixFiltering?.prefix} />
        {one.resourcesTransformation?.stripPrefix?.prefix && (
          <span class="soft small">
            {" "}
            without {one.resourcesTransformation.stripPrefix.prefix} in the names
          </span>
        )}
      </span>,
    ],
  ),
];

function Bucket({ bucket, prefix = "" }: { bucket: string; prefix?: string | undefined }) {
  return (
    <a href={to(["buckets", bucket])}>
      {bucket}/{prefix}
    </a>
  );
}

export const results = (task: Task): Fact[] => [
  task.resultBucket && [
    "Bucket",
    <Bucket key="b" bucket={task.resultBucket} prefix={task.resultsBucketPrefix} />,
  ],
  ["Only paths that match", pattern(task.resultsWhitelist)],
  ["Not paths that match", pattern(task.resultsBlacklist)],
  task.uploadResultsOnCancellation && ["When cancelled", "results are stored as well"],
];

export const snapshots = (task: Task): Fact[] => [
  task.snapshotInterval > 0 && ["Taken every", duration(task.snapshotInterval)],
  task.snapshotBucket && [
    "Bucket",
    <Bucket key="b" bucket={task.snapshotBucket} prefix={task.snapshotBucketPrefix} />,
  ],
  ["Only paths that match", pattern(task.snapshotWhitelist)],
  ["Not paths that match", pattern(task.snapshotBlacklist)],
];

export const scheduling = (task: Task): Fact[] => [
  ["Scheduling", task.schedulingType],
  ["Reserved machines", task.targetedReservedMachineKey],
  ["Reservation", task.targetedReservationName],
  task.hardwareConstraints.length > 0 && ["Machines", task.hardwareConstraints.map(hardware).join(", ")],
  ...(task.constraints ?? []).map((one): Fact => [`Constraint ${one.key}`, one.value]),
  Boolean(task.maxRunningInstances) && [
    "At most at a time",
    counted(task.maxRunningInstances ?? 0, "instance"),
  ],
];

export const limits = (task: Task): Fact[] => [
  Boolean(task.retrySettings.maxTotalRetries) && [
    "Retries in all",
    count(task.retrySettings.maxTotalRetries ?? 0),
  ],
  Boolean(task.retrySettings.maxPerInstanceRetries || task.maxRetriesPerInstance) && [
    "Retries of an instance",
    count(task.retrySettings.maxPerInstanceRetries || task.maxRetriesPerInstance),
  ],
  Boolean(task.maxTimeQueueSeconds) && ["Longest time in the queue", duration(task.maxTimeQueueSeconds ?? 0)],
  task.autoDeleteOnCompletion && ["When it has ended", "it is deleted"],
  ["Kept after its end for", lasting(task.completionTimeToLive)],
];

export const dependencies = (task: Task): Fact[] => {
  const told = task.dependencies?.advancedDependsOn ?? [];
  const others = task.dependencies?.dependsOn ?? [];
  const plain = others.filter((uuid) => !told.some((one) => one.taskUuid === uuid));
  return [
    ...told.map(
      (one): Fact => [
        "Task",
        <span key={one.taskUuid} class="row">
          <a href={to(["tasks", one.taskUuid])}>{one.taskUuid.slice(0, 8)}</a>
          {one.actualFinalState && <State state={one.actualFinalState} />}
          {one.taskFinalStateCondition?.length ? (
            <span class="soft small">must be {one.taskFinalStateCondition.join(" or ")}</span>
          ) : null}
        </span>,
      ],
    ),
    ...plain.map(
      (uuid): Fact => [
        "Task",
        <a key={uuid} href={to(["tasks", uuid])}>
          {uuid.slice(0, 8)}
        </a>,
      ],
    ),
  ];
};

export const rights = (task: Task): Fact[] => [
  task.privileges.exportApiAndStorageCredentialsInEnvironment && [
    "In the environment",
    "the account's token and storage credentials",
  ],
  (task.secretsAccessRights.bySecret ?? []).length > 0 && [
    "Secrets",
    (task.secretsAccessRights.bySecret ?? []).map((one) => one.key).join(", "),
  ],
  (task.secretsAccessRights.byPrefix ?? []).length > 0 && [
    "Secrets that begin with",
    (task.secretsAccessRights.byPrefix ?? []).map((one) => one.prefix).join(", "),
  ],
];
