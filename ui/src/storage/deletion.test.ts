import { expect, test } from "vitest";
import { deletion } from "@/storage/deletion";

test("keys of any characters can be deleted", () => {
  expect(deletion(["a&b<c"])).toContain("<Key>a&#38;b&#60;c</Key>");
});
