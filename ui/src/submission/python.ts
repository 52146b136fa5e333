import type { Submission } from "@/api/types";
import { Code, call, literal } from "@/submission/literal";
import { path, pieces, variable } from "@/submission/pieces";

/** The submission in Python, by `stokehold.client`. */
export function python(sent: Submission, everyS: number, url: string): string {
  const told = pieces(sent);
  const secrets = told.secrets.map((key) => [key, new Code(`os.environ["${variable(key)}"]`)]);
  const constants = { ...told.constants, ...Object.fromEntries(secrets) };
  const options: [string, unknown][] = [
    ["name", told.name],
    ["instances", told.instances === 1 ? undefined : told.instances],
    ["profile", told.profile],
    ["image", told.image],
    ["inputs", told.inputs.map(path)],
    ["results", told.results],
    ["constants", constants],
    ["tags", told.tags],
    ["labels", told.labels],
    ["retries", told.retries],
    ["shortname", told.shortname],
    ["job", told.job],
    ["after", told.after],
    ...Object.entries(told.more),
  ];
  const args = options
    .filter(([, value]) => given(value))
    .map(([name, value]) => `${name}=${literal(value, 8)}`);
  if (told.command !== undefined) args.unshift(literal(told.command));
  return [
    ...(secrets.length ? ["import os", ""] : []),
    "from stokehold.client import Client",
    "",
    `with Client(${literal(url)}) as client:`,
    `    task = ${call("client.submit", args, 4)}`,
    ...(everyS ? [`    task.snapshot(every_s=${everyS})`] : []),
    "    task.wait(progress=True)",
    "",
  ].join("\n");
}

function given(value: unknown): boolean {
  return typeof value === "object" && value !== null ? Object.keys(value).length > 0 : Boolean(value);
}
