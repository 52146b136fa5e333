"""How tasks look: in a terminal, in a notebook, and as a bar while one waits."""

from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from stokehold.client.facts import TaskFacts

COLOURS = {"Success": "green", "Failure": "red", "Cancelled": "yellow"}


class Shown(Protocol):
    """Somebody who shows how far a task is."""

    def __call__(self, task: "TaskFacts") -> None: ...


def line(task: "TaskFacts") -> str:
    count = task.total_instance_count or task.instance_count
    return f"<Task {task.name} {task.uuid} {task.state} {task.progress:.0f} % of {count}>"


def html(task: "TaskFacts") -> str:
    """A card for a notebook."""
    colour = {"Success": "#1a7f37", "Failure": "#cf222e", "Cancelled": "#9a6700"}.get(task.state, "#0969da")
    errors = "".join(f"<div style='color:#cf222e'>{escape(str(e))}</div>" for e in task.errors[:5])
    return (
        f"<div style='border-left:4px solid {colour};padding:4px 10px'>"
        f"<b>{escape(task.name)}</b> <code>{escape(task.uuid)}</code><br>"
        f"<span style='color:{colour}'>{escape(task.state)}</span> · {task.total_instance_count} instances"
        f"<br><progress max='100' value='{task.progress:.0f}'></progress> {task.progress:.0f} %{errors}</div>"
    )


@contextmanager
def bar(task: "TaskFacts", *, shown: bool) -> Iterator[Shown]:
    """A bar that follows the task; nothing when it is not wanted. Works in notebooks and terminals."""
    if not shown:
        yield lambda task: None
        return
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn  # slow to load

    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"))
    with Progress(*columns, TimeElapsedColumn()) as progress:
        row = progress.add_task(task.name, total=100)

        def show(task: "TaskFacts") -> None:
            colour = COLOURS.get(task.state, "cyan")
            text = f"{task.name} [{colour}]{task.state}[/]"
            progress.update(row, completed=task.progress, description=text)

        yield show


def story(task: "TaskFacts") -> str:
    """What a task's own words tell of where it is."""
    count = task.total_instance_count or task.instance_count
    lines = [f"{task.name} is {task.state}: {task.progress:.0f} % of {count} instances are done."]
    if task.running_instance_count:
        lines.append(f"{task.running_instance_count} run now on {task.running_core_count} cores.")
    if task.explanation:
        lines.insert(0, task.explanation)
    for error in task.errors:
        lines.append(str(error) + (f" {error.advice}" if error.advice else ""))
    if task.status and task.status.failed_only_range:
        lines.append(f"Failed instances: {task.status.failed_only_range}.")
    return "\n".join(lines)
