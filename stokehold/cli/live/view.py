"""A task on the terminal: its state, a bar for each phase, its instances, and the last lines that it wrote."""

from collections.abc import Iterable

from rich.console import Group, RenderableType
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from stokehold.cli.live.grid import grid
from stokehold.client.facts import TaskFacts
from stokehold.client.looks import COLOURS
from stokehold.client.spans import Spans

BAR = 40


def view(task: TaskFacts, lines: Iterable[str], width: int, note: str = "") -> RenderableType:
    """Everything about a task that fits on a screen."""
    parts: list[RenderableType] = [_head(task), _bars(task)]
    if len(task.ids) > 1:
        parts.append(grid(task, max(10, min(width - 2, 100))))
    tail = [Text(line, no_wrap=True, overflow="ellipsis", style="dim") for line in lines]
    parts += [Text(""), *tail] if tail else []
    parts += [Text(str(error), style="red") for error in task.errors[:3]]
    parts += [Text(note, style="dim")] if note else []
    return Group(*parts)


def counts(task: TaskFacts) -> str:
    """How many instances are where, in words."""
    status = task.status
    total = len(task.ids)
    ended = {
        "succeeded": status.succeeded_range if status else "",
        "failed": status.failed_only_range if status else "",
        "cancelled": status.cancelled_range if status else "",
    }
    numbers = {word: len(Spans(text)) for word, text in ended.items()}
    numbers["running"] = task.running_instance_count
    numbers["waiting"] = max(0, total - sum(numbers.values()))
    told = [f"{number} {word}" for word, number in numbers.items() if number]
    return f"{total} instance{'s' if total != 1 else ''}: {', '.join(told)}"


def _head(task: TaskFacts) -> Text:
    text = Text(task.name, style="bold")
    text.append(f"  {task.uuid}  ", "dim")
    text.append(task.state, COLOURS.get(task.state, "cyan"))
    text.append(f"  {counts(task)}", "dim")
    return text


def _bars(task: TaskFacts) -> Table:
    status = task.status
    table = Table(box=None, show_header=False, pad_edge=False)
    phases = [("inputs", status.download_progress if status else 0.0)]
    phases += [("execution", status.execution_progress if status else 0.0)]
    phases += [("results", status.upload_progress if status else 0.0)] if task.result_bucket else []
    for name, percent in [*phases, ("done", task.progress)]:
        bar = ProgressBar(100, percent, width=BAR)
        table.add_row(Text(name, style="dim"), bar, f"{percent:.0f} %")
    return table
