import { expect, test } from "vitest";
import type { Submission } from "@/api/types";
import { refusal } from "./refusal";

const sent = {
  name: "x",
  constants: [
    { key: "A", value: "" },
    { key: "B C", value: "" },
  ],
  advancedResourceBuckets: [{ bucketName: "one" }, { bucketName: "two" }],
} as Submission;
const field = (message: string) => refusal(message, sent)?.field;

test("what the server refuses is told at its field", () => {
  expect(refusal("advancedRanges: 'x' is not a range", sent)).toEqual({
    field: "instances",
    text: "'x' is not a range",
  });
  expect(field("constants[1].key: 'B C' may hold only A-Z")).toBe("constants.B C");
  expect(field("advancedResourceBuckets[1].bucketName: '-' is not the name of a bucket")).toBe("inputs.1");
  expect(field("retrySettings.maxTotalRetries: must not be negative (-1)")).toBe("totalRetries");
  expect(field("tags[0]: must have fewer than 512 characters")).toBe("tags");
  expect(field("labels.team: key and value may have at most 2048 characters each")).toBe("labels");
});

test("a bucket that is not there is told at its input", () => {
  expect(field("No such bucket: two")).toBe("inputs.1");
});

test("a machine that is not there is told at the constraints", () => {
  expect(field("No machine meets the hardware constraint")).toBe("hardware");
});

test("what is about no field is told elsewhere", () => {
  expect(field("Forbidden: maximum number of tasks reached")).toBeUndefined();
  expect(field("The server does not answer.")).toBeUndefined();
});
