"""What the nodes hold and what waits for room, as preemption looks at it. Only reads."""

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, bindparam, func, select

from stokehold.domain.lane import Rank, fits, parse, read_inventory
from stokehold.domain.preempt import Held, Room, Urgent, plan, spread
from stokehold.domain.quota import Quotas
from stokehold.domain.states import Phase
from stokehold.store import lanes
from stokehold.store.schema import CLAIMABLE, attempts, nodes, tasks

MOST = 256  # urgent instances that are given room at once; when these have it, the next are looked at

_NODES = select(nodes.c.id, nodes.c.inventory).where(nodes.c.lost.is_(False))
_HELD = (
    select(
        attempts.c.id, attempts.c.node_id, attempts.c.phase, attempts.c.phase_at, attempts.c.leased_at,
        attempts.c.preempted, attempts.c.stopping, tasks.c.scheduling, tasks.c.lane,
    )
    .join(tasks, tasks.c.id == attempts.c.task_id)
    .where(attempts.c.ended_at.is_(None))
)  # fmt: skip
_COUNTS = (
    select(attempts.c.node_id, func.count().label("held"))
    .where(attempts.c.ended_at.is_(None))
    .group_by(attempts.c.node_id)
)
_WAITING = (
    select(tasks.c.account_id, tasks.c.ready, tasks.c.active, tasks.c.most_running)
    .where(CLAIMABLE, tasks.c.lane == bindparam("lane"))
    .order_by(tasks.c.account_id, tasks.c.active, tasks.c.id)
    .limit(MOST)
)


def urgent(conn: Connection) -> list[str]:
    """The lanes in which something waits that others make room for."""
    return [lane for lane in lanes.waiting(conn) if parse(lane).rank is not Rank.FLEX]


def due(conn: Connection, quotas: Quotas) -> list[int]:
    """The attempts that make room for what is urgent and has none."""
    found = urgent(conn)
    if not found:
        return []
    inventories = {row.id: row.inventory for row in conn.execute(_NODES)}
    wishes = [_wish(conn, lane, inventories, quotas) for lane in found]
    wishes = [wish for wish in wishes if wish.count and wish.node_ids]
    wanted = frozenset().union(*(wish.node_ids for wish in wishes)) if wishes else frozenset()
    return plan(wishes, _rooms(conn, {key: inventories[key] for key in wanted})) if wanted else []


def _wish(conn: Connection, lane: str, inventories: dict[int, str], quotas: Quotas) -> Urgent:
    """How many instances of a lane could run now, had they room, and where."""
    node_ids = frozenset(key for key, inventory in inventories.items() if fits(lane, inventory))
    rank = parse(lane).rank
    counts: dict[int, int] = defaultdict(int)
    for account, ready, active, most in conn.execute(_WAITING, {"lane": lane}):
        counts[account] += ready if most is None else min(ready, most - active)
    each = min((lanes.cores_each(inventories[key]) for key in node_ids), default=1)
    for account, room in lanes.rooms(conn, counts, rank, quotas.of(rank), each).items():
        counts[account] = min(counts[account], room)
    return Urgent(min(MOST, sum(counts.values())), node_ids)


def idle_leases(conn: Connection, now: int) -> list[int]:
    """The leases that wait on busy nodes while other nodes, which may run them, have nothing to do."""
    held = {row.node_id: row.held for row in conn.execute(_COUNTS)}
    if not held:
        return []
    inventories = {row.id: row.inventory for row in conn.execute(_NODES)}
    slots = {key: read_inventory(inventory).slots for key, inventory in inventories.items()}
    free = {key: slots[key] - held.get(key, 0) for key in inventories if slots[key] > held.get(key, 0)}
    busy = {key: inventories[key] for key in inventories if held.get(key, 0) > slots[key]}
    if not free or not busy:
        return []
    return spread(_rooms(conn, busy, _fitting(inventories, free)), sum(free.values()), now)


def _fitting(inventories: dict[int, str], free: dict[int, int]) -> Callable[[str], bool]:
    """Whether one of the idle nodes may run a lane."""
    return lambda lane: any(fits(lane, inventories[key]) for key in free)


def _rooms(
    conn: Connection, inventories: dict[int, str], movable: Callable[[str], bool] | None = None
) -> list[Room]:
    """What these nodes hold; with `movable`, attempts of other lanes count as begun."""
    rooms = {key: Room(key, read_inventory(text).slots, []) for key, text in inventories.items()}
    for row in conn.execute(_HELD.where(attempts.c.node_id.in_(list(rooms)))):
        if not (row.preempted or row.stopping):
            rooms[row.node_id].held.append(_held(row, movable))
    return list(rooms.values())


def _held(row: Any, movable: Callable[[str], bool] | None) -> Held:
    begun = row.phase != Phase.LEASED or (movable is not None and not movable(row.lane))
    flex = row.scheduling == "flex" and row.phase != Phase.UPLOAD
    return Held(row.id, row.phase_at if begun else row.leased_at, begun, flex)
