import { expect, test } from "vitest";
import { awsEnvironment, environment, firstCommand, stokeConfig } from "@/words/snippets";

const access = {
  api: "http://127.0.0.1:8080",
  storage: "http://127.0.0.1:8081",
  email: "a@b.c",
  token: "t0k",
};

test("what a shell would take apart is quoted", () => {
  expect(environment({ ...access, token: "it's" })).toContain(`QARNOT_CLIENT_TOKEN='it'\\''s'`);
  expect(environment(access)).toContain("QARNOT_CLUSTER_URL=http://127.0.0.1:8080\n");
});

test("the e-mail is the key of the storage", () => {
  expect(awsEnvironment(access)).toContain("AWS_ACCESS_KEY_ID=a@b.c\n");
});

test("the server replaces the number of an instance, not the shell", () => {
  expect(firstCommand(access)).toContain("'hello from ${INSTANCE_ID}'");
});

test("settings of the command line are names and values", () => {
  expect(stokeConfig(access)).toBe("stoke config set url=http://127.0.0.1:8080 token=t0k");
});
