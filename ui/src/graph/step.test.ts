import { expect, test } from "vitest";
import type { Arrangement } from "@/graph/arrange";
import { step } from "@/graph/step";

const arrangement: Arrangement = {
  key: "",
  width: 0,
  height: 0,
  places: { a: { x: 0, y: 50 }, b: { x: 200, y: 0 }, c: { x: 200, y: 60 }, d: { x: 200, y: 120 } },
  lines: ["b", "c", "d"].map((to) => ({ from: "a", to, path: "" })),
};

test("right and left follow an edge to the nearest", () => {
  expect(step("ArrowRight", "a", arrangement)).toBe("c");
  expect(step("ArrowLeft", "d", arrangement)).toBe("a");
  expect(step("ArrowLeft", "a", arrangement)).toBeUndefined();
});

test("up and down stay in the layer", () => {
  expect(step("ArrowDown", "b", arrangement)).toBe("c");
  expect(step("ArrowUp", "d", arrangement)).toBe("c");
  expect(step("ArrowUp", "b", arrangement)).toBeUndefined();
});

test("other keys lead nowhere", () => expect(step("x", "a", arrangement)).toBeUndefined());
