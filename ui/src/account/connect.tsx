import { useState } from "preact/hooks";
import { Code } from "@/components/code";
import { Choice } from "@/components/field";
import { Panel } from "@/components/panel";
import {
  type Access,
  awsEnvironment,
  boto3Python,
  environment,
  qarnotPython,
  stokeConfig,
} from "@/words/snippets";

interface Way {
  title: string;
  text: (access: Access) => string;
  hint: string;
}

const WAYS: Way[] = [
  {
    title: "Environment: stoke, stokehold.client, qarnot",
    text: environment,
    hint: "Paste it into a shell. The command line and both Python packages read it.",
  },
  {
    title: "stoke, for good",
    text: stokeConfig,
    hint: "Writes the configuration of the command line on this machine.",
  },
  { title: "qarnot in Python", text: qarnotPython, hint: "The public SDK, with everything written out." },
  {
    title: "Environment: aws, boto3 and other S3 clients",
    text: awsEnvironment,
    hint: "Paste it into a shell. Your e-mail is the access key, your token the secret key.",
  },
  { title: "boto3 in Python", text: boto3Python, hint: "With everything written out." },
];

/** Ready text for each client, with this server and this account in it. */
export function Connect({ access }: { access: Access }) {
  const [title, setTitle] = useState(WAYS[0]?.title ?? "");
  const way = WAYS.find((one) => one.title === title);
  if (!way) return null;
  return (
    <Panel title="Connect from elsewhere">
      <div class="stack">
        <Choice aria-label="Client" value={title} change={setTitle} options={WAYS.map((one) => one.title)} />
        <p class="soft small">{way.hint} The token is shown as dots; copying takes it along.</p>
        <Code label="the text" text={way.text(access)} secret={access.token} />
      </div>
    </Panel>
  );
}
