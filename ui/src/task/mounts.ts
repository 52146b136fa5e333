import type { Task } from "@/api/types";

/** A place in the storage that a task reads or writes. */
export interface Mount {
  name: string; // in the address
  title: string;
  bucket: string;
  prefix: string;
  kind: "results" | "input" | "snapshots";
}

/** Where a task's files are: its results, its inputs, its snapshots if they have a place of their own. */
export function mounts(task: Task): Mount[] {
  const found: Mount[] = [];
  const add = (kind: Mount["kind"], name: string, word: string, bucket: string, prefix: string) => {
    found.push({ kind, name, title: `${word}: ${bucket}/${prefix}`, bucket, prefix });
  };
  if (task.resultBucket)
    add("results", "results", "Results", task.resultBucket, task.resultsBucketPrefix ?? "");
  if (task.snapshotBucket)
    add("snapshots", "snapshots", "Snapshots", task.snapshotBucket, task.snapshotBucketPrefix ?? "");
  const inputs = [
    ...task.resourceBuckets.map((bucket): [string, string] => [bucket, ""]),
    ...task.advancedResourceBuckets.map((one): [string, string] => [
      one.bucketName,
      one.filtering?.prefixFiltering?.prefix ?? "",
    ]),
  ];
  for (const [index, [bucket, prefix]] of inputs.entries())
    add("input", `input-${index + 1}`, "Input", bucket, prefix);
  return found;
}
