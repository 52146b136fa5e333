"""What falls due for tasks: the end of their time in the queue, and of their life after completion.

Moments are microseconds since 1970. Partial indexes hold only the tasks that have one, so that a look costs what is
due, not what is stored.
"""

from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, bindparam, select

from stokehold.domain.events import DeleteAsked, Event, QueueExpired
from stokehold.store import journal
from stokehold.store.schema import tasks

PIECE = 500  # tasks in one transaction


def _due(column: ColumnElement[Any], *others: ColumnElement[bool]) -> tuple[Select[Any], Select[Any]]:
    """The statements that give the ids of what is due, and the next moment."""
    alive = (column.is_not(None), tasks.c.delete_asked.is_(False), *others)
    ids = select(tasks.c.id).where(*alive, column <= bindparam("at"))
    return ids.order_by(column).limit(PIECE), select(column).where(*alive).order_by(column).limit(1)


_QUEUE, _NEXT_QUEUE = _due(tasks.c.queue_by, tasks.c.waits_for == 0)
_FORGET, _NEXT_FORGET = _due(tasks.c.forget_at)


def next_moment(conn: Connection) -> int | None:
    """When something falls due next; None: nothing does."""
    moments = [conn.execute(query).scalar() for query in (_NEXT_QUEUE, _NEXT_FORGET)]
    return min((moment for moment in moments if moment is not None), default=None)


def carry_out(conn: Connection, at: int) -> bool:
    """Do a piece of what is due; whether there may be more."""
    queued = list(conn.execute(_QUEUE, {"at": at}).scalars())
    kept = list(conn.execute(_FORGET, {"at": at}).scalars())
    events: list[Event] = [*map(QueueExpired, queued), *map(DeleteAsked, kept)]
    journal.record(conn, events, at)
    return PIECE in {len(queued), len(kept)}
