"""What `stoke top` shows: the account's tasks, the nodes, and how much waits."""

from typing import TYPE_CHECKING

from msgspec import Struct
from rich.console import Group, RenderableType
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from stokehold.client.facts import FINAL, Account, Capacity, Node, TaskFacts
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
    capacity: Capacity
    nodes: list[Node]
    going: list[TaskFacts]
    ended: list[TaskFacts]


def look(client: "Client") -> Look:
    """Ask for everything."""
    going: list[TaskFacts] = list(client.tasks(states=GOING, limit=MOST))
    ended: list[TaskFacts] = list(client.tasks(states=sorted(FINAL), limit=ENDED))
    nodes = [node for node in client.nodes() if node.present]
    return Look(client.account(), client.capacity(), nodes, going, ended)


def draw(seen: Look, height: int) -> RenderableType:
    """A screen of at most so many lines: nodes take a third of it, the tasks have the rest."""
    machines = max(1, (height - 6) // 3)
    left = height - 6 - min(machines + 1, len(seen.nodes))
    tasks = [*seen.going, *seen.ended][: max(5, left)]
    return Group(_head(seen), Text(""), _nodes(seen.nodes, machines), Text(""), _table(tasks))


def _head(seen: Look) -> Text:
    """What there is to do, and what there is to do it with."""
    all_, mine = seen.capacity, seen.capacity.account
    return Text.assemble(
        (f"{mine.task_count} tasks go on", "bold cyan"), f": {mine.running_instance_count} instances run, ",
        f"{mine.starting_instance_count} start, {mine.waiting_instance_count} wait",
        f"  {seen.account.task_count} tasks stored\n",
        (f"{all_.node_count} nodes", "bold"), f": {all_.used_slots} of {all_.slots} slots, ",
        f"{all_.used_cores:.1f} of {all_.core_count} cores, ", _memory(all_.used_memory_mb, all_.memory_mb),
        f" in use by {all_.running_instance_count} instances of all accounts",
    )  # fmt: skip


def _nodes(nodes: list[Node], most: int) -> Table:
    table = _columns(("node", "slots", "", "cores", "memory", "runtime"), {"slots", "cores", "memory"})
    for node in nodes[:most]:
        table.add_row(
            Text(node.name[:30]), f"{node.used_slots}/{node.slots}",
            ProgressBar(max(1, node.slots), node.used_slots, width=16), f"{node.used_cores:.1f}/{node.core_count}",
            _memory(node.used_memory_mb, node.memory_mb, "/"), Text(node.runtime, "dim"),
        )  # fmt: skip
    if len(nodes) > most:
        table.add_row(Text(f"and {len(nodes) - most} more", "dim"))
    return table


def _memory(used_mb: float, all_mb: float, between: str = " of ") -> str:
    return f"{used_mb / 1024:.1f}{between}{all_mb / 1024:.1f} GiB"


def _columns(names: tuple[str, ...], numbers: set[str]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in names:
        table.add_column(name, justify="right" if name in numbers else "left", no_wrap=True)
    return table


def waits(task: TaskFacts) -> int:
    """Instances that have not begun, as far as the summary of a task tells."""
    done = round(task.progress / 100 * task.total_instance_count)
    return max(0, task.total_instance_count - done - task.running_instance_count)


def _table(tasks: list[TaskFacts]) -> Table:
    numbers = {"%", "run", "wait", "of"}
    table = _columns(("task", "state", "", "%", "run", "wait", "of", "time", "uuid"), numbers)
    for task in tasks:
        over = task.state in FINAL
        table.add_row(
            Text(task.name[:30]), Text(task.state, COLOURS.get(task.state, "cyan")),
            ProgressBar(100, task.progress, width=16), f"{task.progress:.0f}",
            "" if over else str(task.running_instance_count), "" if over else str(waits(task)),
            str(task.total_instance_count), (task.wall_time or "").partition(".")[0], Text(task.uuid, "dim"),
        )  # fmt: skip
    return table
