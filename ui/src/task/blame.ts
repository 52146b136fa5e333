import { Problem } from "@/api/client";

/** The server names the field first, then the rule: `bucket: is required`. Which of `fields` is to blame, and why. */
export function blamed<F extends string>(error: unknown, fields: readonly F[]): Partial<Record<F, string>> {
  if (!(error instanceof Problem) || error.status !== 400) return {};
  const [, name = "", rule = ""] = /^([\w.[\]]+): (.*)$/s.exec(error.message) ?? [];
  const field = fields.find((one) => name === one || name.startsWith(`${one}.`));
  return field ? ({ [field]: rule } as Partial<Record<F, string>>) : {};
}
