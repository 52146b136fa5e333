"""Who is there and how busy: each node with what it has in hand, and how much of an account waits."""

from collections.abc import Iterable, Sequence
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, bindparam, func, or_, select

from stokehold.domain.lane import read_inventory
from stokehold.domain.protocol import Inventory
from stokehold.domain.states import FINAL, Phase, TaskState
from stokehold.store.nodes import REMEMBERED_US
from stokehold.store.sample_schema import samples
from stokehold.store.samples import decoded
from stokehold.store.schema import HELD, attempts, nodes, tasks

NODES_MAX = 1000
SHOWN_MAX = 1000  # instances of one account that are named, on all nodes together

_COLUMNS = (nodes.c.id, nodes.c.uuid, nodes.c.name, nodes.c.inventory, nodes.c.seen_at, nodes.c.lost)
_LATELY = (
    select(*_COLUMNS)
    .where(nodes.c.lost.is_(False) | (nodes.c.seen_at > bindparam("since")))
    .order_by(nodes.c.lost, nodes.c.name, nodes.c.id)
    .limit(NODES_MAX)
)
_CALLED = (
    select(*_COLUMNS)
    .where(or_(nodes.c.name == bindparam("key"), nodes.c.uuid == bindparam("key")))
    .order_by(nodes.c.lost, nodes.c.seen_at.desc())
    .limit(1)
)
_IN_HAND = (
    attempts.c.node_id.in_(bindparam("ids", expanding=True)),
    attempts.c.ended_at.is_(None),
    attempts.c.phase != str(Phase.LEASED),
)
_BEGUN = (
    select(attempts.c.node_id, attempts.c.phase, samples.c.latest)
    .join_from(attempts, samples, samples.c.attempt_id == attempts.c.id, isouter=True)
    .where(*_IN_HAND)
)
_MINE = (
    select(attempts.c.node_id, tasks.c.uuid, attempts.c.instance_id, attempts.c.phase)
    .join_from(tasks, attempts, attempts.c.task_id == tasks.c.id)
    .where(tasks.c.account_id == bindparam("account_id"), HELD, *_IN_HAND)
    .order_by(attempts.c.id)
    .limit(SHOWN_MAX)
)
_GOING = [str(state) for state in TaskState if state not in FINAL]
_QUEUE = select(
    func.count(),
    *(
        func.coalesce(func.sum(tasks.c[name]), 0)
        for name in ("ready", "dispatched", "executing", "uploading")
    ),
).where(tasks.c.account_id == bindparam("account_id"), tasks.c.state.in_(_GOING))


class Held(Struct):
    """An instance of the account that asks, which a node has begun."""

    task_uuid: str
    instance_id: int
    phase: str


class Occupancy(Struct):
    """A node and its work, whosever it is; `cores` and `memory_mb` are what running instances were measured to use."""

    id: int
    uuid: str
    name: str
    inventory: Inventory
    seen_at: int
    lost: bool
    executing: int = 0
    uploading: int = 0
    cores: float = 0.0
    memory_mb: float = 0.0
    held: list[Held] = []


class Queue(Struct):
    """The unfinished tasks of an account, and where their instances are."""

    tasks: int
    waiting: int
    starting: int
    executing: int
    uploading: int


def lately(conn: Connection, account_id: int, at: int) -> list[Occupancy]:
    """The nodes that are here, then those that were a short while ago; with the account's own instances."""
    return _filled(conn, account_id, conn.execute(_LATELY, {"since": at - REMEMBERED_US}))


def called(conn: Connection, account_id: int, key: str) -> Occupancy | None:
    """The node with this name or UUID; of several with one name, one that is here, or was heard of last."""
    return next(iter(_filled(conn, account_id, conn.execute(_CALLED, {"key": key}))), None)


def queue(conn: Connection, account_id: int) -> Queue:
    """How much of an account's work waits, and how much goes on."""
    row = conn.execute(_QUEUE, {"account_id": account_id}).one()
    return Queue(*(int(value) for value in row))


def _filled(conn: Connection, account_id: int, rows: Iterable[Any]) -> list[Occupancy]:
    found = {
        row.id: Occupancy(row.id, row.uuid, row.name, read_inventory(row.inventory), row.seen_at, row.lost)
        for row in rows
    }
    ids: Sequence[int] = list(found)
    for node_id, phase, latest in conn.execute(_BEGUN, {"ids": ids}):
        _add(found[node_id], phase, latest)
    for node_id, *held in conn.execute(_MINE, {"ids": ids, "account_id": account_id}):
        found[node_id].held.append(Held(*held))
    return list(found.values())


def _add(node: Occupancy, phase: str, latest: str | None) -> None:
    node.executing += phase == str(Phase.EXECUTION)
    node.uploading += phase == str(Phase.UPLOAD)
    if latest is not None:
        sample = decoded(latest)
        node.cores += sample.cores
        node.memory_mb += sample.memory_mb
