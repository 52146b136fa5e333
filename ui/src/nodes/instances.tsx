import { answer, api } from "@/api/client";
import type { Node } from "@/api/types";
import { useResource } from "@/live/resource";
import { to } from "@/route";
import { counted } from "@/words/amounts";
import "./instances.css";

const MOST = 40; // instances of a task that are linked

/** The account's instances on a node, by task. */
export function NodeInstances({ node }: { node: Node }) {
  const byTask = new Map<string, Node["instances"]>();
  for (const one of node.instances) byTask.set(one.taskUuid, [...(byTask.get(one.taskUuid) ?? []), one]);
  return (
    <ul class="instances">
      {[...byTask].map(([uuid, held]) => (
        <li key={uuid}>
          <TaskName uuid={uuid} />
          <span class="soft small">{counted(held.length, "instance")}</span>
          <span class="instances-links">
            {held.slice(0, MOST).map((one) => (
              <a
                key={one.instanceId}
                class="instances-one"
                href={to(["tasks", uuid, "instances"], { instance: String(one.instanceId) })}
                title={one.phase}
                aria-label={`Instance ${one.instanceId}`}
              >
                {one.instanceId}
              </a>
            ))}
            {held.length > MOST && <span class="soft small">and {held.length - MOST} more</span>}
          </span>
        </li>
      ))}
    </ul>
  );
}

function TaskName({ uuid }: { uuid: string }) {
  const path = { id: uuid };
  const task = useResource((signal) => answer(api.GET("/tasks/{id}", { params: { path }, signal })), [uuid]);
  return (
    <a class="instances-task" href={to(["tasks", uuid])}>
      {task.data?.name ?? uuid}
    </a>
  );
}
