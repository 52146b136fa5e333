import type { ComponentChildren } from "preact";
import { Button } from "@/components/button";
import { Icon, type IconName } from "@/components/icon";
import type { Resource } from "@/live/resource";
import "./empty.css";

/** What stands where nothing is, and what to do about it. */
export function Empty({
  icon = "file",
  title,
  children,
}: {
  icon?: IconName;
  title: string;
  children?: ComponentChildren;
}) {
  return (
    <div class="empty">
      <Icon name={icon} />
      <p class="empty-title">{title}</p>
      {children && <div class="soft">{children}</div>}
    </div>
  );
}

/** What was read, or why it is not there, or that it is on its way. */
export function Loaded<T>({
  from,
  children,
}: {
  from: Resource<T>;
  children: (data: T) => ComponentChildren;
}) {
  if (from.data !== undefined) return <>{children(from.data)}</>;
  if (!from.problem)
    return (
      <div class="empty soft" role="status">
        Loading…
      </div>
    );
  return (
    <Empty icon="alert" title={from.problem.status === 404 ? "Not found" : "This could not be read"}>
      <p>{from.problem.message}</p>
      <Button icon="retry" onClick={from.reload}>
        Try again
      </Button>
    </Empty>
  );
}
