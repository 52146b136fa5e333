import { expect, test } from "vitest";
import type { HardwareConstraint } from "@/api/types";
import { machine } from "./machines";

const told = (one: object) => machine(one as HardwareConstraint);

test("a hardware constraint is told in words", () => {
  expect(told({ discriminator: "MinimumCoreHardwareConstraint", coreCount: 4 })).toBe("At least 4 cores");
  expect(told({ discriminator: "MaximumRamHardwareConstraint", maximumMemoryMB: 16000 })).toBe(
    "At most 16,000 MB of memory",
  );
  expect(told({ discriminator: "CpuModelHardwareConstraint", cpuModel: "AMD EPYC" })).toBe("CPU AMD EPYC");
  expect(told({ discriminator: "SSDHardwareConstraint" })).toBe("With an SSD");
});
