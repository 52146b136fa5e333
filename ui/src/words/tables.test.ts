import { expect, test } from "vitest";
import { parsed } from "@/words/tables";

test("cells and rows", () => {
  expect(parsed("a,b\n1,2\r\n", ",", 9)).toEqual([
    ["a", "b"],
    ["1", "2"],
  ]);
  expect(parsed("a\tb\n", "\t", 9)).toEqual([["a", "b"]]);
});

test("quotes hold separators, line ends and quotes", () => {
  expect(parsed('"a,b","c\nd","e ""f"""', ",", 9)).toEqual([["a,b", "c\nd", 'e "f"']]);
});

test("the last row may be without a line end, or be cut off", () => {
  expect(parsed("a,b\n1,2", ",", 9)).toHaveLength(2);
  expect(parsed("a,b\n1,2", ",", 9, false)).toEqual([["a", "b"]]);
});

test("no more rows than asked for, and empty lines are none", () => {
  expect(parsed("1\n\n2\n3\n", ",", 2)).toEqual([["1"], ["2"]]);
  expect(parsed("", ",", 2)).toEqual([]);
});
