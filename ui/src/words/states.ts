/** How a state is meant, which decides its colour. */
export type Tone = "waiting" | "starting" | "running" | "uploading" | "good" | "bad" | "ended";

const TONES: Record<string, Tone> = {
  Submitted: "waiting",
  PartiallyDispatched: "starting",
  FullyDispatched: "starting",
  PartiallyExecuting: "running",
  FullyExecuting: "running",
  DownloadingResults: "uploading",
  UploadingResults: "uploading",
  PendingCancel: "ended",
  PendingDelete: "ended",
  Cancelled: "ended",
  Success: "good",
  Failure: "bad",
  // of instances, attempts, jobs, snapshots
  Waiting: "waiting",
  Running: "running",
  Active: "running",
  Completed: "good",
  Terminating: "ended",
  Deleting: "ended",
};

const WORDS: Record<string, string> = {
  PartiallyDispatched: "Starting",
  FullyDispatched: "Starting",
  PartiallyExecuting: "Executing, in part",
  FullyExecuting: "Executing",
  UploadingResults: "Uploading results",
  DownloadingResults: "Uploading results",
  PendingCancel: "Stopping",
  PendingDelete: "Deleting",
  Submitted: "Queued",
};

export const FINAL = ["Success", "Failure", "Cancelled"];
export const STATES = [
  "Submitted",
  "PartiallyDispatched",
  "FullyDispatched",
  "PartiallyExecuting",
  "FullyExecuting",
  "UploadingResults",
  "PendingCancel",
  "PendingDelete",
  "Success",
  "Failure",
  "Cancelled",
];

export const tone = (state: string): Tone => TONES[state] ?? "waiting";
export const worded = (state: string) => WORDS[state] ?? state;
export const final = (state: string) => FINAL.includes(state);
