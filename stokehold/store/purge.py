"""Forgetting deleted tasks, a bounded piece at a time: no delete, however large, holds the writer for long."""

from sqlalchemy import Connection, delete, select
from sqlalchemy.sql import Select

from stokehold.store.database import wake
from stokehold.store.sample_schema import points
from stokehold.store.schema import attempts, cursors, journal, outputs, tags, tasks
from stokehold.store.topics import gone_topic

PIECE = 2000  # rows of one table in one transaction


def purge(conn: Connection) -> bool:
    """Remove a piece of one deleted task that nothing runs for; whether there may be more to do."""
    idle = (tasks.c.dispatched + tasks.c.executing + tasks.c.uploading) == 0
    found = select(tasks.c.id, tasks.c.account_id, tasks.c.uuid).where(tasks.c.delete_asked, idle).limit(1)
    row = conn.execute(found).first()
    if row is None:
        return False
    task_id = row.id
    for table, key in (
        (outputs, outputs.c.id),
        (points, points.c.id),
        (attempts, attempts.c.id),
        (journal, journal.c.seq),
    ):
        piece: Select[tuple[int]] = select(key).where(table.c.task_id == task_id).limit(PIECE)
        if conn.execute(delete(table).where(key.in_(piece))).rowcount == PIECE:
            return True
    for table in (cursors, tags):
        conn.execute(delete(table).where(table.c.task_id == task_id))
    conn.execute(delete(tasks).where(tasks.c.id == task_id))
    wake(conn, gone_topic(row.account_id, row.uuid))
    return True
