"""Refreshed inputs: which revision of them each attempt has. Only the journal writes here."""

from collections.abc import Sequence

from sqlalchemy import Connection, Integer, Text, bindparam, delete, func, select, update

from stokehold.domain.errors import Invalid
from stokehold.domain.protocol import Refreshed
from stokehold.domain.react import Attempt
from stokehold.store.bulk import Bulk
from stokehold.store.database import wake
from stokehold.store.schema import actions, attempts, tasks

_GROW = (
    update(tasks)
    .where(tasks.c.id == bindparam("key"))
    .values(inputs_revision=tasks.c.inputs_revision + 1)
    .returning(tasks.c.inputs_revision)
)
_ACTIVE = (
    attempts.c.task_id == bindparam("task"),
    attempts.c.ended_at.is_(None),
    attempts.c.stopping.is_(False),
)
_HELD = select(attempts.c.id, attempts.c.node_id).where(*_ACTIVE)
_OLDER = delete(actions).where(
    actions.c.kind == "refresh", actions.c.attempt_id.in_(select(attempts.c.id).where(*_ACTIVE))
)
_ORDERS = Bulk(actions.insert(), ["kind", "node_id", "attempt_id", "data"])
_ARRIVED = Bulk(
    update(attempts)
    .where(attempts.c.id == bindparam("key"), attempts.c.inputs_revision < bindparam("revision"))
    .values(
        inputs_revision=func.coalesce(bindparam("has", type_=Integer), attempts.c.inputs_revision),
        inputs_failure=bindparam("failure", type_=Text),
    )
)
_DONE = delete(actions).where(
    actions.c.attempt_id == bindparam("key"), actions.c.kind == "refresh", actions.c.data == bindparam("data")
)


def ask(conn: Connection, task_id: int) -> None:
    """Tell everything that a node holds of a task to bring its inputs again. Raises Invalid when there is nothing.

    An order that was not carried out yet is replaced: the newest brings all.
    """
    held = conn.execute(_HELD, {"task": task_id}).all()
    if not held:
        raise Invalid("state", "the inputs can be refreshed only while an instance of the task is running")
    revision: int = conn.execute(_GROW, {"key": task_id}).scalar_one()
    conn.execute(_OLDER, {"task": task_id})
    order = {"kind": "refresh", "data": str(revision)}
    _ORDERS.execute(conn, [{**order, "attempt_id": key, "node_id": node} for key, node in held])
    for node in {node for _, node in held}:
        wake(conn, f"node-{node}")


def told(conn: Connection, news: Sequence[tuple[Attempt, Refreshed]]) -> None:
    """Note what has arrived, and what could not."""
    rows = [
        {
            "key": attempt.id, "revision": event.revision, "data": str(event.revision),
            "has": None if event.reason else event.revision, "failure": event.reason or None,
        }
        for attempt, event in news
    ]  # fmt: skip
    _ARRIVED.execute(conn, rows)
    if rows:
        conn.execute(_DONE, [{"key": row["key"], "data": row["data"]} for row in rows])
