import { expect, test } from "vitest";
import { beginning, fitting, showing, zoomed } from "@/graph/viewport";

const frame = { width: 400, height: 200 };

test("a small drawing is shown in its own size, in the middle", () => {
  expect(fitting({ width: 100, height: 100 }, frame)).toEqual({ x: 150, y: 50, scale: 1 });
});

test("a large drawing is made to fit", () => {
  expect(fitting({ width: 800, height: 100 }, frame)).toEqual({ x: 0, y: 75, scale: 0.5 });
});

test("on a narrow screen a wide drawing begins where it can be read", () => {
  expect(beginning({ width: 1000, height: 100 }, frame)).toEqual({ x: 0, y: 70, scale: 0.6 });
  expect(beginning({ width: 4000, height: 100 }, { width: 1000, height: 200 }).scale).toBe(0.25);
});

test("zooming keeps the point under the pointer", () => {
  expect(zoomed({ x: 0, y: 0, scale: 1 }, 2, { x: 100, y: 50 })).toEqual({ x: -100, y: -50, scale: 2 });
  expect(zoomed({ x: 0, y: 0, scale: 2 }, 2, { x: 100, y: 50 })).toEqual({ x: 0, y: 0, scale: 2 });
});

test("what is beyond the frame is brought in, and what is seen stays", () => {
  const view = { x: 0, y: 0, scale: 1 };
  expect(showing(view, { x: 50, y: 50, width: 100, height: 50 }, frame)).toEqual(view);
  expect(showing(view, { x: 390, y: 50, width: 100, height: 50 }, frame)).toMatchObject({ x: -114, y: 0 });
  expect(showing(view, { x: -60, y: 50, width: 100, height: 50 }, frame)).toMatchObject({ x: 84, y: 0 });
});
