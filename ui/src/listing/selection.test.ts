import { expect, test } from "vitest";
import { between, Selection } from "./selection";

const ORDER = ["a", "b", "c", "d", "e"];
const picked = (selection: Selection) => [...selection.uuids.value].sort().join("");

test("a range goes from the one picked before to this one, whichever is above", () => {
  expect(between(ORDER, "d", "b")).toEqual(["b", "c", "d"]);
  expect(between(ORDER, "gone", "b")).toEqual(["b"]);
});

test("a range does to all what is done to its end", () => {
  const selection = new Selection();
  selection.pick(ORDER, "b", true, false);
  selection.pick(ORDER, "d", true, true);
  expect(picked(selection)).toBe("bcd");
  selection.pick(ORDER, "c", false, true);
  expect(picked(selection)).toBe("b");
});

test("to let one go of all that match leaves the others that are here", () => {
  const selection = new Selection();
  selection.every.value = true;
  expect(selection.has("anything")).toBe(true);
  selection.pick(ORDER, "c", false, false);
  expect(selection.every.value).toBe(false);
  expect(picked(selection)).toBe("abde");
});
