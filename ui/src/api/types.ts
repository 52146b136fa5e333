import type { components } from "@/api/schema";

type Schemas = components["schemas"];

export type Task = Schemas["Task"];
export type TaskSummary = Schemas["TaskSummary"];
export type TaskError = Schemas["Error"];
export type Instance = Schemas["Instance"];
export type WholeInstance = Schemas["WholeInstance"];
export type Attempt = Schemas["Try"];
export type Metrics = Schemas["Metrics"];
export type Job = Schemas["Job"];
export type JobSubmission = Schemas["JobSpec"];
export type Profile = Schemas["Profile"];
export type Snapshot = Schemas["Snapshot"];
export type Account = Schemas["UserInfo"];
export type Submission = Partial<Schemas["Spec"]>;
export type HardwareConstraint = Schemas["HardwareConstraint"];
export type Node = Schemas["Node"];
export type Capacity = Schemas["Capacity"];
export type Quotas = Schemas["UserQuotas"];
export type Quota = Schemas["Quota"];

/** Where one task is, as the stream of events tells it. */
export interface TaskEvent {
  uuid: string;
  name: string;
  shortname: string;
  state: string;
  progress: number;
  totalInstanceCount: number;
  waiting: number;
  dispatched: number;
  executing: number;
  uploading: number;
  succeeded: number;
  failed: number;
  cancelled: number;
  resultsCount: number;
  creationDate: string;
  lastModified: string;
  endDate: string;
}
