import { expect, test } from "vitest";
import type { HardwareConstraint } from "@/api/types";
import { kinds } from "@/nodes/catalogue";

const one = (fields: object) => fields as HardwareConstraint;

test("values of one kind stand together", () => {
  expect(
    kinds([
      one({ discriminator: "MinimumCoreHardwareConstraint", coreCount: 2 }),
      one({ discriminator: "MinimumCoreHardwareConstraint", coreCount: 16 }),
      one({ discriminator: "NoGpuHardwareConstraint" }),
    ]),
  ).toEqual([
    ["Cores, at least", ["2", "16"]],
    ["GPU", ["without"]],
  ]);
});

test("what is not known here is named as the server does", () => {
  expect(kinds([one({ discriminator: "Moon" })])).toEqual([["Moon", ["yes"]]]);
});
