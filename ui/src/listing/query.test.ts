import { expect, test } from "vitest";
import { filter, read, sorted, whole } from "./query";

const asked = (text: string) => read(new URLSearchParams(text));
const NOW = Date.parse("2026-03-04T12:00:00Z");

test("an address that asks for nothing wants everything, the newest first", () => {
  const wanted = asked("");
  expect(whole(wanted)).toBe(true);
  expect(filter(wanted, NOW)).toBeUndefined();
  expect([wanted.by, wanted.descending]).toEqual(["creationDate", true]);
});

test("words that it does not know are passed over", () => {
  expect(whole(asked("state=Odd&created=never&sort=colour"))).toBe(true);
});

test("a text is looked for in names, in both cases and as it is written", () => {
  expect(filter(asked("q=a.b 7"), NOW)).toEqual({
    operator: "Like",
    field: "Name",
    value: "[aA]\\.[bB] 7",
  });
});

test("a text that may begin a shortname is looked for there too", () => {
  expect(filter(asked("q=s-1"), NOW)).toEqual({
    operator: "Or",
    filters: [
      { operator: "Like", field: "Name", value: "[sS]\\-1" },
      { operator: "Like", field: "Shortname", value: "^s\\-1" },
    ],
  });
});

test("a text that may begin a UUID is looked for there too", () => {
  const found = filter(asked("q=3F0C7C1E-5a"), NOW);
  expect(JSON.stringify(found)).toContain('"field":"Uuid","value":"^3f0c7c1e\\\\-5a"');
});

test("everything that is asked must hold", () => {
  expect(filter(asked("state=Failure,Queued&tag=t&profile=p&job=j&created=week"), NOW)).toEqual({
    operator: "And",
    filters: [
      { operator: "In", field: "State", values: ["Failure", "Submitted"] },
      { operator: "Equal", field: "Tags", value: "t" },
      { operator: "Equal", field: "Profile", value: "p" },
      { operator: "Equal", field: "JobUuid", value: "j" },
      { operator: "GreaterThanOrEqual", field: "CreationDate", value: "2026-02-25T12:00:00.000Z" },
    ],
  });
});

test("a second click on a column turns the order round", () => {
  expect(sorted(asked(""), "name")).toEqual({ sort: "name", dir: undefined });
  expect(sorted(asked("sort=name"), "name")).toEqual({ sort: "name", dir: "desc" });
  expect(sorted(asked("sort=name&dir=desc"), "name")).toEqual({ sort: "name", dir: undefined });
  expect(sorted(asked(""), "creationDate")).toEqual({ sort: undefined, dir: "asc" });
});
