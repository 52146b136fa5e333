import { beforeAll, expect, test, vi } from "vitest";

// The client reads where the page is, which there is none of here.
let blamed: typeof import("@/task/blame").blamed;
let Problem: typeof import("@/api/client").Problem;

beforeAll(async () => {
  const nothing = { getItem: () => null, setItem: () => undefined, removeItem: () => undefined };
  vi.stubGlobal("location", { hash: "", origin: "http://here", pathname: "/" });
  vi.stubGlobal("sessionStorage", nothing);
  vi.stubGlobal("localStorage", nothing);
  ({ blamed } = await import("@/task/blame"));
  ({ Problem } = await import("@/api/client"));
});

test("the field that is named is to blame", () => {
  const error = new Problem("bucket: is required: there is none", 400);
  expect(blamed(error, ["bucket", "prefix"])).toEqual({ bucket: "is required: there is none" });
  expect(blamed(new Problem("constants[2]: is long", 400), ["constants[2]"])).toEqual({
    "constants[2]": "is long",
  });
});

test("what names no field of the form blames none", () => {
  expect(blamed(new Problem("interval: is required", 400), ["bucket"])).toEqual({});
  expect(blamed(new Problem("bucket: away", 403), ["bucket"])).toEqual({});
  expect(blamed(new Error("bucket: no"), ["bucket"])).toEqual({});
});
