import { answer, api } from "@/api/client";
import { Empty, Loaded } from "@/components/empty";
import { Head } from "@/components/head";
import { State } from "@/components/state";
import { Tabs } from "@/components/tabs";
import { useLive } from "@/live/resource";
import { to } from "@/route";
import type { Screen } from "@/screens";
import { Actions } from "@/task/actions";
import { tabs } from "@/task/tabs";
import { Here } from "@/task/view";

function TaskPage({ params }: { params: Record<string, string> }) {
  const { id = "", tab = "" } = params;
  const found = useLive(
    (signal) => answer(api.GET("/tasks/{id}", { params: { path: { id } }, signal })),
    [id],
    (change) =>
      change.kind === "deleted" ? change.uuid === id : change.kind === "task" && change.task.uuid === id,
  );
  const shown = tabs.find((one) => one.name === tab) ?? tabs[0];
  if (!shown) return null;
  const View = shown.view;
  if (found.data && found.problem?.status === 404)
    return (
      <Empty icon="trash" title={`“${found.data.name}” was deleted`}>
        <a href={to(["tasks"])}>To the tasks</a>
      </Empty>
    );
  return (
    <Loaded from={found}>
      {(task) => (
        <Here.Provider value={{ task, reload: found.reload }}>
          <Head
            title={task.name}
            before={{ href: to(["tasks"]), title: "Tasks" }}
            beside={<State state={task.state} />}
            actions={<Actions />}
          />
          <Tabs
            label="Parts of the task"
            current={shown.name}
            tabs={tabs.map((one) => ({
              name: one.name,
              title: one.title,
              href: to(["tasks", task.uuid, one.name].filter(Boolean)),
            }))}
          />
          <View />
        </Here.Provider>
      )}
    </Loaded>
  );
}

export const screen: Screen = { path: "/tasks/:id/:tab?", title: "Task", view: TaskPage };
