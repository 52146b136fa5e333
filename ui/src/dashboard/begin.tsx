import type { ComponentChildren } from "preact";
import { ButtonLink } from "@/components/button";
import { Code } from "@/components/code";
import { Panel } from "@/components/panel";
import { to } from "@/route";
import { account, storageUrl, token } from "@/session";
import { firstCommand, firstPython } from "@/words/snippets";
import "./begin.css";

/** Three ways to the first task, for an account that has none. */
export function Begin({ children }: { children: ComponentChildren }) {
  const access = {
    api: location.origin,
    storage: storageUrl.value,
    email: account.value?.email ?? "",
    token: token.value ?? "",
  };
  return (
    <>
      <p class="begin-lead">
        A task runs one command in as many instances as you like, on the machines that are here. Begin by any
        of three doors.
      </p>
      <div class="grid begin">
        <Panel title="In this page">
          <p class="soft">Fill in a form: a command, how many instances, files for them to read.</p>
          <ButtonLink kind="main" icon="plus" href={to(["new"])}>
            Open the form
          </ButtonLink>
        </Panel>
        <Panel title="On the command line">
          <p class="soft">Submit, watch and fetch results in one command.</p>
          <Code label="the command" text={firstCommand(access)} secret={access.token} />
        </Panel>
        <Panel title="In Python">
          <p class="soft">From a script or a notebook.</p>
          <Code label="the Python program" text={firstPython(access)} secret={access.token} />
        </Panel>
        {children}
      </div>
      <p class="soft small">Your token is shown as dots. Copying takes it along.</p>
    </>
  );
}
