const WIDTH = 76;

/** Code that stands for itself in a literal. */
export class Code {
  constructor(readonly text: string) {}
}

/** A value as Python writes it; what is too long for a line is broken, `indent` spaces in. */
export function literal(value: unknown, indent = 0): string {
  if (value instanceof Code) return value.text;
  if (value === null || value === undefined) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value !== "object") return JSON.stringify(value);
  const [open, close] = Array.isArray(value) ? ["[", "]"] : ["{", "}"];
  const parts = (inner: number) =>
    Array.isArray(value)
      ? value.map((one) => literal(one, inner))
      : Object.entries(value).map(([key, one]) => `${JSON.stringify(key)}: ${literal(one, inner)}`);
  const line = `${open}${parts(indent).join(", ")}${close}`;
  if (line.length + indent < WIDTH && !line.includes("\n")) return line;
  return broken(open, parts(indent + 4), close, indent);
}

/** A call; its arguments a line each when they are too long for one. */
export function call(head: string, args: string[], indent = 0): string {
  const line = `${head}(${args.join(", ")})`;
  if (line.length + indent < WIDTH && !line.includes("\n")) return line;
  return broken(`${head}(`, args, ")", indent);
}

function broken(open: string, parts: string[], close: string, indent: number): string {
  const inner = " ".repeat(indent + 4);
  return `${open}\n${parts.map((part) => `${inner}${part},\n`).join("")}${" ".repeat(indent)}${close}`;
}
