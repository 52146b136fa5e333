const RULE =
  "3 to 63 lower-case letters, digits, dots and hyphens, with a letter or a digit at both ends and no two dots in a row";

/** What is wrong with the name of a bucket to be; nothing, if it is good. */
export function wrongName(name: string): string | undefined {
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) || name.includes("..")) return `A name has ${RULE}.`;
  if (/^\d+\.\d+\.\d+\.\d+$/.test(name)) return "A name may not look like an IP address.";
  return undefined;
}
