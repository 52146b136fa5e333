import { expect, test } from "vitest";
import { cores, megabytes } from "@/words/use";

test("cores are whole where it does not matter", () => {
  expect([0.003, 0.42, 2, 12.4].map(cores)).toEqual(["0", "0.4", "2", "12"]);
});

test("memory is told in its own unit", () => expect(megabytes(24105)).toBe("24 GB"));
