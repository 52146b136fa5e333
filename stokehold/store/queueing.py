"""When a task's time in the queue begins: at its submission, or once it waits for no other task."""

from collections.abc import Sequence

from sqlalchemy import Connection, bindparam

from stokehold.store.database import wake
from stokehold.store.ledgers import TIMES
from stokehold.store.schema import tasks

_BEGIN = (
    tasks.update()
    .where(
        tasks.c.id.in_(bindparam("ids", expanding=True)),
        tasks.c.waits_for == 0,
        tasks.c.queue_by.is_not(None),
    )
    .values(queue_by=bindparam("at") + tasks.c.queue_by - tasks.c.created_at)
)


def begin(conn: Connection, task_ids: Sequence[int], at: int) -> None:
    """Count the time in the queue of those that have just come to wait for nothing. Up to a thousand at once."""
    if conn.execute(_BEGIN, {"ids": list(task_ids), "at": at}).rowcount:
        wake(conn, TIMES)
