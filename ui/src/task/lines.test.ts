import { expect, test } from "vitest";
import { Lines } from "@/task/lines";

function of(...texts: string[]): Lines {
  const lines = new Lines();
  for (const text of texts) lines.add(text);
  return lines;
}

test("text becomes lines wherever it is cut", () => {
  expect(of("a\nb\n").all).toEqual(["a", "b"]);
  expect(of("a\nb", "c\nd").all).toEqual(["a", "bc", "d"]);
  expect(of("a", "\n", "b").all).toEqual(["a", "b"]);
  expect(of("a\n\n", "\nb").all).toEqual(["a", "", "", "b"]);
  expect(of("", "a").all).toEqual(["a"]);
});

test("a line that is written over shows what is left", () => {
  expect(of("10%\r", "20%\r30%", "\n", "end").all).toEqual(["30%", "end"]);
});

test("the newest lines stay, and how many went is known", () => {
  const lines = of(...Array.from({ length: 21 }, (_, n) => `${n}\n`.repeat(10_000)));
  expect(lines.length + lines.dropped).toBe(210_000);
  expect(lines.length).toBeLessThanOrEqual(200_000);
  expect(lines.all.at(-1)).toBe("20");
});

test("long lines count by their length, and are cut", () => {
  const lines = of(...Array.from({ length: 1000 }, () => `${"x".repeat(50_000)}\n`));
  expect(lines.length).toBeLessThan(800);
  expect(lines.longest).toBe(20_002);
});
