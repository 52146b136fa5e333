import { expect, test } from "vitest";
import { graphOf, type Item, tally } from "@/graph/graph";

function item(id: string, after: string[] = [], state = "Submitted"): Item {
  return { id, name: `task ${id}`, state, detail: "", shares: [], total: 1, after };
}

test("each task has a box and each dependency an edge", () => {
  const { boxes, edges } = graphOf([item("a"), item("b", ["a"]), item("c", ["a", "b"])], false);
  expect(boxes.map((box) => box.id)).toEqual(["a", "b", "c"]);
  expect(edges).toEqual([
    { from: "a", to: "b" },
    { from: "a", to: "c" },
    { from: "b", to: "c" },
  ]);
});

test("tasks with the same neighbours share a box with their common name", () => {
  const many = ["1", "2", "3", "4"].map((id) => item(id, ["a"], id === "2" ? "Failure" : "Success"));
  const { boxes, edges } = graphOf([item("a"), ...many, item("z", ["1", "2", "3", "4"])], true);
  expect(boxes.map((box) => box.name)).toEqual(["task a", "task × 4", "task z"]);
  expect(boxes[1]).toMatchObject({ state: "Failure", tone: "bad", total: 4, detail: "4 of 4" });
  expect(edges).toHaveLength(2);
});

test("two that are alike stay apart", () => {
  expect(graphOf([item("a"), item("b", ["a"]), item("c", ["a"])], true).boxes).toHaveLength(3);
});

test("what a deleted task leaves behind is no edge", () => {
  expect(graphOf([item("b", ["gone"])], true).edges).toEqual([]);
});

test("tasks are counted by what has become of them", () => {
  const shares = tally([item("a", [], "Success"), item("b", [], "Success"), item("c", [], "Failure")]);
  expect(shares.filter((share) => share.value).map((share) => [share.label, share.value])).toEqual([
    ["succeeded", 2],
    ["failed", 1],
  ]);
});
