"""Results of one instance that replaced those of another: the last upload wins, and it is told (docs/adr/0012)."""

from msgspec import Struct
from sqlalchemy import Connection, func, select, update

from stokehold.store.schema import tasks
from stokehold.store.snapshot_schema import result_conflicts

KEPT = 100  # keys of one task that are told by name; of more only the number


class Conflict(Struct, frozen=True):
    """A key that several instances have written."""

    key: str
    replaced: int  # the instance whose file was there last before
    kept: int  # the instance whose file is there
    times: int


def note(conn: Connection, account_id: int, task_id: int, key: str, replaced: int, kept: int) -> None:
    """Instance `kept` has stored a result where that of instance `replaced` was."""
    mine = (tasks.c.id == task_id, tasks.c.account_id == account_id)
    if not conn.execute(
        update(tasks).where(*mine).values(result_conflicts=tasks.c.result_conflicts + 1)
    ).rowcount:
        return
    of_key = (result_conflicts.c.task_id == task_id, result_conflicts.c.key == key)
    values = {"replaced": replaced, "kept": kept, "times": result_conflicts.c.times + 1}
    if conn.execute(update(result_conflicts).where(*of_key).values(values)).rowcount:
        return
    count = select(func.count()).select_from(result_conflicts).where(result_conflicts.c.task_id == task_id)
    if conn.execute(count).scalar_one() < KEPT:
        conn.execute(
            result_conflicts.insert().values(task_id=task_id, key=key, replaced=replaced, kept=kept, times=1)
        )


def of(conn: Connection, task_id: int) -> list[Conflict]:
    """The conflicts of a task, by key."""
    table = result_conflicts
    query = select(table.c.key, table.c.replaced, table.c.kept, table.c.times).where(
        table.c.task_id == task_id
    )
    return [Conflict(*row) for row in conn.execute(query.order_by(table.c.key))]
