"""Instances as a compact grid: one cell for each, or for many alike when there are many."""

from collections.abc import Iterator

from rich.text import Text

from stokehold.client.facts import TaskFacts
from stokehold.client.spans import Spans

CELL = "■"
WAITING = ("·", "dim")
STYLES = {"failed": "red", "cancelled": "yellow", "running": "cyan", "succeeded": "green"}


def grid(task: TaskFacts, width: int, height: int = 6) -> Text:
    """Cells in the order of the ids. A cell that stands for many shows the worst of them."""
    pairs = task.ids.pairs
    total = len(task.ids)
    each = max(1, -(-total // (width * height))) if total else 1
    groups = _groups(task)
    text = Text()
    for number, (first, last) in enumerate(_cells(pairs, each)):
        if number and number % width == 0:
            text.append("\n")
        text.append(*_cell(groups, first, last))
    if each > 1:
        text.append(f"\neach {CELL} is {each} instances", "dim")
    return text


def _groups(task: TaskFacts) -> dict[str, Spans]:
    status = task.status
    if status is None:
        return {}
    info = status.running_instances_info
    running = sorted(one.instance_id for one in info.per_running_instance_info) if info else []
    return {
        "failed": Spans(status.failed_only_range),
        "cancelled": Spans(status.cancelled_range),
        "running": Spans(",".join(map(str, running))),
        "succeeded": Spans(status.succeeded_range),
    }


def _cells(pairs: list[tuple[int, int]], each: int) -> Iterator[tuple[int, int]]:
    """First and last id of each cell. Cells do not reach over a gap in the ids."""
    for first, last in pairs:
        for start in range(first, last + 1, each):
            yield start, min(start + each - 1, last)


def _cell(groups: dict[str, Spans], first: int, last: int) -> tuple[str, str]:
    size = last - first + 1
    for name, spans in groups.items():
        count = spans.within(first, last)
        if count and (name != "succeeded" or count == size):
            return CELL, STYLES[name]
        if count:
            return CELL, "dim green"
    return WAITING
