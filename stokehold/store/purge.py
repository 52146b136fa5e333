"""Forgetting deleted tasks, a bounded piece at a time: no delete, however large, holds the writer for long."""

from sqlalchemy import Connection, delete, select
from sqlalchemy.sql import Select

from stokehold.domain.job import JobState
from stokehold.store.database import wake
from stokehold.store.job_schema import jobs
from stokehold.store.sample_schema import points
from stokehold.store.schema import attempts, cursors, journal, labels, outputs, tags, tasks
from stokehold.store.topics import gone_topic

PIECE = 2000  # rows of one table in one transaction


def purge(conn: Connection) -> bool:
    """Remove a piece of one deleted task that nothing runs for, or a deleted job that has no tasks.

    Returns whether there may be more to do.
    """
    idle = (tasks.c.dispatched + tasks.c.executing + tasks.c.uploading) == 0
    found = select(tasks.c.id, tasks.c.account_id, tasks.c.uuid).where(tasks.c.delete_asked, idle).limit(1)
    row = conn.execute(found).first()
    if row is None:
        return _purge_job(conn)
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
    for table in (cursors, tags, labels):
        conn.execute(delete(table).where(table.c.task_id == task_id))
    conn.execute(delete(tasks).where(tasks.c.id == task_id))
    wake(conn, gone_topic(row.account_id, row.uuid))
    return True


def _purge_job(conn: Connection) -> bool:
    empty = ~select(tasks.c.id).where(tasks.c.job_id == jobs.c.id).exists()
    query = select(jobs.c.id).where(jobs.c.state == JobState.DELETING.value, empty).limit(1)
    job_id = conn.execute(query).scalar()
    if job_id is None:
        return False
    conn.execute(delete(jobs).where(jobs.c.id == job_id))
    return True
