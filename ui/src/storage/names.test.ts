import { expect, test } from "vitest";
import { wrongName } from "@/storage/names";

test("good names are let through", () => {
  for (const name of ["abc", "my-data.2026", "0a0", "a".repeat(63)]) expect(wrongName(name)).toBeUndefined();
});

test("names that the storage would refuse are explained", () => {
  for (const name of ["ab", "Abc", "-abc", "abc.", "a..b", "a_b", "a".repeat(64), "1.2.3.4"])
    expect(wrongName(name)).toMatch(/^A name/);
});
