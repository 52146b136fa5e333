import type { HardwareConstraint } from "@/api/types";
import { count } from "@/words/amounts";
import { megabytes } from "@/words/use";

type Kind = [name: string, write: (one: HardwareConstraint) => string | undefined];

const amount = (value: number | null | undefined) => (value == null ? undefined : count(value));
const memory = (value: number | null | undefined) => (value == null ? undefined : megabytes(value));
const ratio = (value: number | null | undefined) => (value == null ? undefined : `${value} GB`);

const KINDS: Record<string, Kind> = {
  MinimumCoreHardwareConstraint: ["Cores, at least", (one) => amount(one.coreCount)],
  MaximumCoreHardwareConstraint: ["Cores, at most", (one) => amount(one.coreCount)],
  MinimumRamHardwareConstraint: ["Memory, at least", (one) => memory(one.minimumMemoryMB)],
  MaximumRamHardwareConstraint: ["Memory, at most", (one) => memory(one.maximumMemoryMB)],
  MinimumRamCoreRatioHardwareConstraint: [
    "Memory for each core, at least",
    (one) => ratio(one.minimumMemoryGBCoreRatio),
  ],
  MaximumRamCoreRatioHardwareConstraint: [
    "Memory for each core, at most",
    (one) => ratio(one.maximumMemoryGBCoreRatio),
  ],
  SpecificHardwareConstraint: ["Machine", (one) => one.specificationKey ?? undefined],
  CpuModelHardwareConstraint: ["CPU model", (one) => one.cpuModel ?? undefined],
  GpuHardwareConstraint: ["GPU", () => "with"],
  NoGpuHardwareConstraint: ["GPU", () => "without"],
  SSDHardwareConstraint: ["SSD", () => "with"],
  NoSSDHardwareConstraint: ["SSD", () => "without"],
};

/** The catalogue by kind, each with the values that can be met. */
export function kinds(constraints: HardwareConstraint[]): [string, string[]][] {
  const found = new Map<string, string[]>();
  for (const one of constraints) {
    const [name, write] = KINDS[one.discriminator] ?? [one.discriminator, () => "yes"];
    const value = write(one);
    if (value) found.set(name, [...(found.get(name) ?? []), value]);
  }
  return [...found];
}
