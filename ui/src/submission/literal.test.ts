import { expect, test } from "vitest";
import { Code, call, literal } from "./literal";

test("values are written as Python has them", () => {
  expect(literal({ a: [1, true, null, 'say "é"\n'], b: new Code("x") })).toBe(
    '{"a": [1, True, None, "say \\"é\\"\\n"], "b": x}',
  );
});

test("what is too long for a line is broken", () => {
  const long = "x".repeat(60);
  expect(call("f", [literal([long, long], 4)])).toBe(
    `f(\n    [\n        "${long}",\n        "${long}",\n    ],\n)`,
  );
});
