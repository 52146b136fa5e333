import { expect, test } from "vitest";
import { Bulk } from "./bulk";

const items = (count: number) =>
  Array.from({ length: count }, (_, n) => ({ uuid: `${n}`, name: `task ${n}` }));

test("each is done once, and what is refused is told by its task", async () => {
  const seen: string[] = [];
  const bulk = new Bulk("Deleting");
  await bulk.run(items(20), async ({ uuid }) => {
    seen.push(uuid);
    if (uuid === "7") throw new Error("It is in use.");
  });
  expect(seen.sort((a, b) => Number(a) - Number(b))).toEqual(items(20).map((one) => one.uuid));
  expect(bulk.progress.value).toEqual({
    verb: "Deleting",
    total: 20,
    done: 20,
    failed: [{ uuid: "7", name: "task 7", why: "It is in use." }],
    over: true,
  });
});

test("when it is stopped, what has not begun stays undone", async () => {
  const bulk = new Bulk("Deleting");
  await bulk.run(items(1000), async ({ uuid }) => {
    if (uuid === "10") bulk.stop();
  });
  expect(bulk.progress.value.over).toBe(true);
  expect(bulk.progress.value.done).toBeLessThan(30);
});
