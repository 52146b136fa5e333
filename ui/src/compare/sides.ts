import type { Task } from "@/api/types";
import { SECRET } from "@/submission/draft";
import { bytes, count, duration, moment, seconds } from "@/words/amounts";
import { machine } from "@/words/machines";
import { parse, size } from "@/words/ranges";
import { final, worded } from "@/words/states";

/** One line of the comparison: what each task says; `differs` when they do not all say the same. */
export interface Line {
  name: string;
  sides: string[];
  differs: boolean;
}

export interface Group {
  title: string;
  lines: Line[];
}

type Say = (task: Task) => string | undefined;

const date = (text: string | undefined) => (moment(text) ? new Date(moment(text)).toLocaleString("en") : "");
const span = (text: string | null | undefined) => {
  const value = seconds(text ?? "");
  return value ? duration(value) : "";
};
const number = (value: number | null | undefined) => (value ? count(value) : "");
const ranges = (text: string | undefined) => number(size(parse(text)));

const RESULT: Record<string, Say> = {
  State: (task) => worded(task.state),
  Instances: (task) => count(task.totalInstanceCount),
  Succeeded: (task) => ranges(task.status?.succeededRange),
  Failed: (task) => ranges(task.status?.failedRange),
  Cancelled: (task) => ranges(task.status?.cancelledRange),
  Running: (task) => number(task.runningInstanceCount),
  Results: (task) => number(task.resultsCount),
  Errors: (task) => [...new Set(task.errors.map((one) => one.code))].join(", "),
};

const TIMES: Record<string, Say> = {
  Created: (task) => date(task.creationDate),
  Ended: (task) => (final(task.state) ? date(task.endDate) : ""),
  "From submission to end": (task) => span(task.wallTime),
  "Work of all instances": (task) => span(task.executionTime),
  "Work of an instance, mean": mean,
  "Largest memory of an instance": memory,
  "CPU models": (task) => [...new Set((task.completedInstances ?? []).map((one) => one.cpuModel))].join(", "),
};

const SETTINGS: Record<string, Say> = {
  Name: (task) => task.name,
  Profile: (task) => task.profile,
  "Ids of instances": (task) => task.advancedRanges ?? "",
  Inputs: (task) =>
    [...(task.resourceBuckets ?? []), ...(task.advancedResourceBuckets ?? []).map(mounted)].join(", "),
  "Result bucket": (task) => task.resultBucket ?? "",
  "Prefix of results": (task) => task.resultsBucketPrefix ?? "",
  "Keep only": (task) => task.resultsWhitelist ?? "",
  "Leave out": (task) => task.resultsBlacklist ?? "",
  "Snapshot every": (task) => (task.snapshotInterval ? duration(task.snapshotInterval) : ""),
  "Hardware constraints": (task) => task.hardwareConstraints.map(machine).join(", "),
  Scheduling: (task) => task.schedulingType ?? "",
  "Instances at a time": (task) => number(task.maxRunningInstances),
  "Retries of an instance": (task) =>
    number(task.retrySettings?.maxPerInstanceRetries || task.maxRetriesPerInstance),
  "Retries in all": (task) => number(task.retrySettings?.maxTotalRetries),
  "Longest time in the queue": (task) => (task.maxTimeQueueSeconds ? duration(task.maxTimeQueueSeconds) : ""),
  "Deleted after its end": (task) => span(task.completionTimeToLive),
  Job: (task) => task.jobUuid ?? "",
  Tags: (task) => [...(task.tags ?? [])].sort().join(", "),
};

/** What tasks have become and were asked, side by side. Lines about which none says anything are left out. */
export function compared(tasks: Task[]): Group[] {
  return [
    { title: "Outcome", lines: lines(RESULT, tasks) },
    { title: "Times and use", lines: lines(TIMES, tasks) },
    { title: "Settings", lines: lines(SETTINGS, tasks) },
    { title: "Constants", lines: keyed(tasks.map(constants)) },
    { title: "Labels", lines: keyed(tasks.map((task) => (task.labels ?? {}) as Record<string, string>)) },
  ].filter((group) => group.lines.length > 0);
}

function lines(sayings: Record<string, Say>, tasks: Task[]): Line[] {
  return Object.entries(sayings)
    .map(([name, say]) =>
      line(
        name,
        tasks.map((task) => say(task) ?? ""),
      ),
    )
    .filter(({ sides }) => sides.some(Boolean));
}

function keyed(told: Record<string, string>[]): Line[] {
  const keys = [...new Set(told.flatMap(Object.keys))].sort();
  return keys.map((key) =>
    line(
      key,
      told.map((one) => one[key] ?? ""),
    ),
  );
}

function line(name: string, sides: string[]): Line {
  const secret = name.startsWith(SECRET) && sides.every(Boolean); // whether these differ nobody is told
  return { name, sides, differs: !secret && new Set(sides).size > 1 };
}

const constants = (task: Task): Record<string, string> =>
  Object.fromEntries(task.constants.map(({ key, value }) => [key, value]));

function mounted(one: NonNullable<Task["advancedResourceBuckets"]>[number]): string {
  const prefix = one.filtering?.prefixFiltering?.prefix;
  return prefix ? `${one.bucketName}/${prefix}` : one.bucketName;
}

function mean(task: Task): string {
  const over = size(parse(task.status?.executedRange)) || (task.completedInstances ?? []).length;
  const work = seconds(task.executionTime);
  return over && work ? duration(work / over) : "";
}

function memory(task: Task): string {
  const most = Math.max(0, ...(task.completedInstances ?? []).map((one) => one.peakMemoryMB ?? 0));
  return most ? bytes(most * 1e6) : "";
}
