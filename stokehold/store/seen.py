"""The attempts that lists of tasks show: of a whole page at once."""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, Select, bindparam, select

from stokehold.domain.ranges import Ranges
from stokehold.domain.states import ENDS, Phase
from stokehold.store import tasks
from stokehold.store.sample_schema import samples
from stokehold.store.schema import attempts, nodes
from stokehold.store.tasks import COLUMNS, FAILURES_SEEN, Attempt, Task


class Seen(Struct, frozen=True):
    """The attempts of a task that an answer shows: those that go on, the last ones of ended and of failed instances."""

    active: Sequence[Attempt] = ()
    ended: Sequence[Attempt] = ()
    failed: Sequence[Attempt] = ()


_OF_TASKS: Select[Any] = (
    select(*COLUMNS, samples.c.latest, attempts.c.task_id)
    .select_from(attempts)
    .join(nodes, nodes.c.id == attempts.c.node_id)
    .outerjoin(samples, samples.c.attempt_id == attempts.c.id)
    .where(attempts.c.task_id.in_(bindparam("ids", expanding=True)))
    .order_by(attempts.c.task_id, attempts.c.instance_id, attempts.c.number)
)
_OF_TASKS_NOW = _OF_TASKS.where(attempts.c.ended_at.is_(None))


def of_task(conn: Connection, task: Task, limit: int) -> Seen:
    """Up to `limit` of those that go on, and of those that have ended: at a cost that does not grow with the task."""
    active, ended = tasks.active(conn, task, limit), tasks.ended(conn, task, limit)
    return Seen(active, ended, tasks.failed(conn, task))


def of_tasks(conn: Connection, rows: Sequence[Task], limit: int) -> dict[int, Seen]:
    """The same of several tasks, by their ids, without those that have none.

    One query for all that have no more than `limit` attempts to show; the others get their own.
    """
    begun = [task for task in rows if task.active or task.ended]
    large = {task.id: of_task(conn, task, limit) for task in begun if task.active + task.ended > limit}
    found = _read(conn, _OF_TASKS, [task.id for task in begun if task.id not in large])
    return large | {task.id: _seen(task, found[task.id]) for task in begun if task.id in found}


def active_of_tasks(conn: Connection, rows: Sequence[Task], limit: int) -> dict[int, list[Attempt]]:
    """Only those that go on."""
    begun = [task for task in rows if task.active]
    large = {task.id: tasks.active(conn, task, limit) for task in begun if task.active > limit}
    found = _read(conn, _OF_TASKS_NOW, [task.id for task in begun if task.id not in large])
    return large | {task_id: _active(of_task) for task_id, of_task in found.items()}


def _read(conn: Connection, query: Select[Any], ids: list[int]) -> dict[int, list[Attempt]]:
    rows = conn.execute(query, {"ids": ids}).all() if ids else []
    found: dict[int, list[Attempt]] = {}
    for row, attempt in zip(rows, tasks.attempts_in(row[:-1] for row in rows), strict=True):
        found.setdefault(row[-1], []).append(attempt)
    return found


def _seen(task: Task, of_task: list[Attempt]) -> Seen:
    """From all its attempts, in the order of instances."""
    last = {attempt.instance_id: attempt for attempt in of_task}
    failures = Ranges.stored(task.failed_range)
    over = Ranges.stored(task.succeeded_range) | failures | Ranges.stored(task.cancelled_range)
    return Seen(
        _active(of_task),
        [a for a in reversed(last.values()) if a.phase in ENDS and a.instance_id in over],
        [a for a in last.values() if a.instance_id in failures][:FAILURES_SEEN],
    )


def _active(of_task: list[Attempt]) -> list[Attempt]:
    return [a for a in of_task if a.ended_at is None and a.phase is not Phase.LEASED]
