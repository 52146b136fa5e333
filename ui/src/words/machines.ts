import type { HardwareConstraint } from "@/api/types";
import { count } from "@/words/amounts";

/** The field of a constraint that may be any number, and its unit. */
export const AMOUNTS: Record<string, { field: keyof HardwareConstraint; words: string; unit: string }> = {
  MinimumCoreHardwareConstraint: { field: "coreCount", words: "At least", unit: "cores" },
  MaximumCoreHardwareConstraint: { field: "coreCount", words: "At most", unit: "cores" },
  MinimumRamHardwareConstraint: { field: "minimumMemoryMB", words: "At least", unit: "MB of memory" },
  MaximumRamHardwareConstraint: { field: "maximumMemoryMB", words: "At most", unit: "MB of memory" },
  MinimumRamCoreRatioHardwareConstraint: {
    field: "minimumMemoryGBCoreRatio",
    words: "At least",
    unit: "GB of memory a core",
  },
  MaximumRamCoreRatioHardwareConstraint: {
    field: "maximumMemoryGBCoreRatio",
    words: "At most",
    unit: "GB of memory a core",
  },
};

const FLAGS: Record<string, string> = {
  GpuHardwareConstraint: "With a GPU",
  NoGpuHardwareConstraint: "Without a GPU",
  SSDHardwareConstraint: "With an SSD",
  NoSSDHardwareConstraint: "Without an SSD",
};

/** A hardware constraint in words: `At least 4 cores`. */
export function machine(one: HardwareConstraint): string {
  const amount = AMOUNTS[one.discriminator];
  if (amount) return `${amount.words} ${count(Number(one[amount.field]))} ${amount.unit}`;
  if (one.specificationKey) return `Machine ${one.specificationKey}`;
  if (one.cpuModel) return `CPU ${one.cpuModel}`;
  return FLAGS[one.discriminator] ?? one.discriminator;
}
