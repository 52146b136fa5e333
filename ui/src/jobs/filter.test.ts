import { expect, test } from "vitest";
import { filterOf } from "@/jobs/filter";

test("what is not asked for is not in the filter", () => {
  expect(filterOf({ name: "", state: "", tag: "" })).toEqual({ operator: "And", filters: [] });
});

test("a name is looked for as it is written, in any case", () => {
  expect(filterOf({ name: "a.b", state: "Active", tag: "t" }).filters).toEqual([
    { field: "Name", operator: "Like", value: "(?i)a\\.b" },
    { field: "State", operator: "Equal", value: "Active" },
    { field: "Tags", operator: "Equal", value: "t" },
  ]);
});
