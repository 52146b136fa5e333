"""What `stoke top` shows: the account's tasks, the nodes, and how much waits."""

from typing import TYPE_CHECKING

from msgspec import Struct
from rich.console import Group, RenderableType
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from stokehold.client.facts import FINAL, Account, Health, TaskFacts
from stokehold.client.looks import COLOURS

if TYPE_CHECKING:
    from stokehold.client import Client

GOING = (
    "Submitted", "PartiallyDispatched", "FullyDispatched", "PartiallyExecuting", "FullyExecuting",
    "UploadingResults", "PendingCancel",
)  # fmt: skip
MOST = 200
ENDED = 15


class Look(Struct):
    """Everything at one moment."""

    account: Account
    health: Health
    going: list[TaskFacts]
    ended: list[TaskFacts]


def look(client: "Client") -> Look:
    """Ask for everything."""
    going: list[TaskFacts] = list(client.tasks(states=GOING, limit=MOST))
    ended: list[TaskFacts] = list(client.tasks(states=sorted(FINAL), limit=ENDED))
    return Look(client.account(), client.health(), going, ended)


def draw(seen: Look, height: int) -> RenderableType:
    """A screen of at most so many lines."""
    slots = sum(node.slots for node in seen.health.runners)
    running = sum(task.running_instance_count for task in seen.going)
    waiting = sum(waits(task) for task in seen.going)
    head = Text.assemble(
        ("stokehold ", "bold"), seen.health.version, "  ", (f"{len(seen.going)} tasks go on", "cyan"),
        f"  {running} instances run on {slots} slots, {waiting} wait  {seen.account.task_count} tasks stored",
    )  # fmt: skip
    nodes = Text(
        "nodes  " + "  ".join(f"{n.name} ({n.slots} × {n.runtime})" for n in seen.health.runners), "dim"
    )
    room = max(5, height - 5)
    return Group(head, nodes, Text(""), _table([*seen.going, *seen.ended][:room]))


def waits(task: TaskFacts) -> int:
    """Instances that have not begun, as far as the summary of a task tells."""
    done = round(task.progress / 100 * task.total_instance_count)
    return max(0, task.total_instance_count - done - task.running_instance_count)


def _table(tasks: list[TaskFacts]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("task", "state", "", "%", "run", "wait", "of", "time", "uuid"):
        table.add_column(
            name, justify="right" if name in {"%", "run", "wait", "of"} else "left", no_wrap=True
        )
    for task in tasks:
        over = task.state in FINAL
        table.add_row(
            Text(task.name[:30]), Text(task.state, COLOURS.get(task.state, "cyan")),
            ProgressBar(100, task.progress, width=16), f"{task.progress:.0f}",
            "" if over else str(task.running_instance_count), "" if over else str(waits(task)),
            str(task.total_instance_count), (task.wall_time or "").partition(".")[0], Text(task.uuid, "dim"),
        )  # fmt: skip
    return table
