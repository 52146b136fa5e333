import { expect, test } from "vitest";
import { plain, settled, spans, width } from "@/words/ansi";

test("colours become looks", () => {
  expect(spans("a \x1b[1;31mred\x1b[0m b")).toEqual([
    { text: "a ", look: [] },
    { text: "red", look: ["bold", "red"] },
    { text: " b", look: [] },
  ]);
  expect(spans("\x1b[92mgo\x1b[39m on")[0]?.look).toEqual(["green"]);
  expect(spans("\x1b[38;5;4mx\x1b[m")[0]?.look).toEqual(["blue"]);
});

test("parameters of other colours are not taken for looks", () => {
  expect(spans("\x1b[38;2;1;31;4mx")).toEqual([{ text: "x", look: [] }]);
  expect(spans("\x1b[48;5;31mx")).toEqual([{ text: "x", look: [] }]);
});

test("every other escape is taken away", () => {
  expect(plain("\x1b[2Ka\x1b]0;title\x07b\x1b[1Ac\x1b]8;;http://x\x1b\\d\x1b(")).toBe("abcd(");
  expect(plain("<b>plain</b>")).toBe("<b>plain</b>");
});

test("wide letters take two columns, escapes none", () => {
  expect([width("abc"), width("\x1b[31mabc\x1b[0m"), width("é"), width("日本")]).toEqual([3, 3, 1, 4]);
});

test("a carriage return writes over, tabs become spaces, control characters are left out", () => {
  expect(settled("10%\r20%\r30%")).toBe("30%");
  expect(settled("line\r")).toBe("line");
  expect(settled("a\tb")).toBe("a       b");
  expect(settled("a\0\x07b")).toBe("ab");
});
