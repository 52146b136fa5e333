import { expect, test } from "vitest";
import { json } from "./json";
import { FULL, LEAST } from "./samples";

test("it is what is sent", () => {
  expect(JSON.parse(json(LEAST))).toEqual(LEAST);
});

test("no secret is written", () => {
  expect(json(FULL)).not.toContain("hunter2");
  expect(json(FULL)).toContain('"value": "[SECRET]"');
});
