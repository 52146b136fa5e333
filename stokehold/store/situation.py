"""What is found out about a task to explain why it does not run. Bounded, whatever waits."""

from sqlalchemy import Connection, bindparam, func, select

from stokehold.domain.explain import COUNTED, Node, Situation
from stokehold.domain.lane import parse, read_inventory
from stokehold.domain.quota import Quota, Quotas
from stokehold.domain.states import TaskState
from stokehold.store import lanes
from stokehold.store.schema import CLAIMABLE, attempts, nodes, tasks
from stokehold.store.tasks import Task

NODES_MAX = 1000

_EXTRA = select(tasks.c.lane, tasks.c.active, tasks.c.waits_for, tasks.c.most_running).where(
    tasks.c.id == bindparam("key")
)
_HELD = (
    select(attempts.c.node_id, func.count().label("held"))
    .where(attempts.c.ended_at.is_(None))
    .group_by(attempts.c.node_id)
    .subquery()
)
_NODES = (
    select(nodes.c.inventory, func.coalesce(_HELD.c.held, 0))
    .join_from(nodes, _HELD, _HELD.c.node_id == nodes.c.id, isouter=True)
    .where(nodes.c.lost.is_(False))
    .limit(NODES_MAX)
)
_BEFORE = (
    select(tasks.c.id)
    .where(
        CLAIMABLE,
        tasks.c.lane == bindparam("lane"),
        (tasks.c.active < bindparam("held"))
        | ((tasks.c.active == bindparam("held")) & (tasks.c.id < bindparam("key"))),
    )
    .limit(bindparam("most"))
    .subquery()
)
_COUNT_BEFORE = select(func.count()).select_from(_BEFORE)


def look(conn: Connection, task: Task, quotas: Quotas) -> Situation:
    """The situation of a task."""
    row = conn.execute(_EXTRA, {"key": task.id}).one()
    lane = parse(row.lane)
    waiting = bool(task.ready) and not row.waits_for
    return Situation(
        state=TaskState(task.state),
        lane=lane,
        ready=task.ready,
        active=task.active,
        running=task.running,
        ended=task.ended,
        waits_for=row.waits_for,
        most_running=row.most_running,
        quota_reached=waiting and _reached(conn, task.account_id, quotas.of(lane.rank), row.lane),
        before=_before(conn, task.id, row.lane, row.active) if waiting else 0,
        nodes=[Node(read_inventory(text), held) for text, held in conn.execute(_NODES)] if waiting else (),
    )


def _before(conn: Connection, task_id: int, lane: str, held: int) -> int:
    """How many tasks of its lane come before it: those with fewer instances in hand, and older ones with as many."""
    named = {"key": task_id, "lane": lane, "held": held, "most": COUNTED}
    return int(conn.execute(_COUNT_BEFORE, named).scalar_one())


def _reached(conn: Connection, account_id: int, quota: Quota, lane: str) -> bool:
    return lanes.rooms(conn, [account_id], parse(lane).rank, quota, 1).get(account_id, 1) == 0
