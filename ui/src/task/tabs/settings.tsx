import { useState } from "preact/hooks";
import { Button } from "@/components/button";
import { Code } from "@/components/code";
import { type Fact, Facts } from "@/components/facts";
import { Check } from "@/components/field";
import { Panel } from "@/components/panel";
import { dependencies, general, inputs, limits, results, rights, scheduling, snapshots } from "@/task/asked";
import { Constants, ConstantsForm } from "@/task/constants";
import { submitted } from "@/task/submitted";
import type { Tab } from "@/task/tabs";
import { useTask } from "@/task/view";
import "./settings.css";

function Settings() {
  const { task } = useTask();
  const [editing, setEditing] = useState(false);
  return (
    <>
      <Panel
        title="Constants"
        actions={
          !editing && (
            <Button icon="edit" onClick={() => setEditing(true)}>
              Edit the constants
            </Button>
          )
        }
      >
        {editing ? (
          <ConstantsForm onDone={() => setEditing(false)} />
        ) : task.constants.length ? (
          <Constants pairs={task.constants} />
        ) : (
          <p class="soft">None: the profile&apos;s own values hold.</p>
        )}
      </Panel>
      <div class="settings-parts">
        <Part title="The task" facts={general(task)} />
        <Part title="Inputs" facts={inputs(task)} none="No inputs." />
        <Part title="Results" facts={results(task)} none="Results are not kept: there is no result bucket." />
        <Part title="Snapshots" facts={snapshots(task)} none="As the results." />
        <Part title="Machines and scheduling" facts={scheduling(task)} />
        <Part title="Retries and limits" facts={limits(task)} none="No retries, and no limits." />
        <Part title="Waits for" facts={dependencies(task)} none="It depends on no other task." />
        <Part title="Rights" facts={rights(task)} none="None beyond its own inputs and results." />
      </div>
      <Forced />
      <AsJson />
    </>
  );
}

function Part({ title, facts, none }: { title: string; facts: Fact[]; none?: string }) {
  const some = facts.filter((fact) => fact && fact[1] !== undefined && fact[1] !== "");
  return <Panel title={title}>{some.length ? <Facts facts={some} /> : <p class="soft">{none}</p>}</Panel>;
}

function Forced() {
  const { forcedConstants } = useTask().task;
  if (!forcedConstants.length) return null;
  const pairs = forcedConstants.map((one) => ({
    key: `${one.constantName}${one.access ? ` (${one.access})` : ""}`,
    value: one.forcedValue ?? "",
  }));
  return (
    <Panel title="Forced constants">
      <Constants pairs={pairs} />
    </Panel>
  );
}

function AsJson() {
  const { task } = useTask();
  const [all, setAll] = useState(false);
  const [open, setOpen] = useState(false);
  return (
    <Panel
      title="As JSON"
      actions={
        <>
          {open && <Check label="With what became of it" checked={all} change={setAll} />}
          <Button icon="code" aria-expanded={open} onClick={() => setOpen(!open)}>
            {open ? "Hide the JSON" : "Show the JSON"}
          </Button>
        </>
      }
    >
      {open && <Code label="the task as JSON" text={JSON.stringify(all ? task : submitted(task), null, 2)} />}
    </Panel>
  );
}

export const tab: Tab = { name: "settings", title: "Settings", order: 70, view: Settings };
