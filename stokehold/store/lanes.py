"""The lanes in which tasks wait, and the accounts in them. Reading them costs what it gives, not what waits.

The index of waiting tasks is ordered by lane, account, instances in hand, age. The first task of each lane and account
is found by jumping from one to the next, so ten thousand tasks that wait behind them are never looked at.
"""

from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from msgspec import Struct, field
from sqlalchemy import Connection, bindparam, case, func, select, text

from stokehold.domain.lane import Rank, fits, parse, read_inventory
from stokehold.domain.place import Head, Turns
from stokehold.domain.quota import Quota
from stokehold.store.prepared import Query
from stokehold.store.schema import CLAIMABLE, HELD, attempts, nodes, tasks

SCAN = 128  # heads that one claim looks at; with more accounts than that, they take turns
LANES_MAX = 1000

_NAMES = {Rank.RESERVED: "reserved", Rank.ON_DEMAND: "onDemand", Rank.FLEX: "flex"}


class Turn(Struct):
    """Who was served when, and where nodes have come to in lanes of very many accounts.

    A hint, kept in memory: without it all come round in any case, in another order.
    """

    after: dict[tuple[int, str], int] = field(default_factory=dict)
    turns: Turns = field(default_factory=Turns)
    full: set[int] = field(
        default_factory=set
    )  # nodes that urgent work waits for until one of their slots is free


_LANES = Query(
    text(f"""
    WITH RECURSIVE lanes(lane) AS (
        SELECT min(lane) FROM tasks WHERE {CLAIMABLE}
        UNION ALL
        SELECT (SELECT min(lane) FROM tasks WHERE {CLAIMABLE} AND tasks.lane > lanes.lane)
        FROM lanes WHERE lanes.lane IS NOT NULL
    )
    SELECT lane FROM lanes WHERE lane IS NOT NULL LIMIT {LANES_MAX}
""").columns(tasks.c.lane)
)
#: The next head after one: another account in its lane, else the first account of the next lane.
_NEXT = f"""coalesce(
    (SELECT id FROM tasks WHERE {CLAIMABLE} AND tasks.lane = {{lane}} AND tasks.account_id > {{account}}
     ORDER BY tasks.account_id, tasks.active, tasks.id LIMIT 1),
    (SELECT id FROM tasks WHERE {CLAIMABLE} AND tasks.lane > {{lane}}
     ORDER BY tasks.lane, tasks.account_id, tasks.active, tasks.id LIMIT 1)
)"""
_HEADS = Query(
    text(f"""
    WITH RECURSIVE heads(lane, account_id, active, id) AS (
        SELECT t.lane, t.account_id, t.active, t.id FROM tasks AS t
        WHERE t.id = {_NEXT.format(lane=":lane", account=":account")}
        UNION ALL
        SELECT t.lane, t.account_id, t.active, t.id FROM heads
        JOIN tasks AS t ON t.id = {_NEXT.format(lane="heads.lane", account="heads.account_id")}
    )
    SELECT lane, account_id, active, id FROM heads LIMIT :most
""").columns(tasks.c.lane, tasks.c.account_id, tasks.c.active, tasks.c.id)
)
_OF_HEAD = Query(
    select(
        tasks.c.id, tasks.c.uuid, tasks.c.account_id, tasks.c.profile, tasks.c.spec, tasks.c.total, tasks.c.ready,
        tasks.c.active, tasks.c.ready_range, tasks.c.most_running,
    )
    .where(CLAIMABLE, tasks.c.lane == bindparam("lane"), tasks.c.account_id == bindparam("account"))
    .order_by(tasks.c.active, tasks.c.id)
    .limit(bindparam("most"))
)  # fmt: skip
_HELD = (
    select(tasks.c.account_id, tasks.c.lane, func.sum(tasks.c.active))
    .where(
        HELD,
        tasks.c.account_id.in_(bindparam("accounts", expanding=True)),
        tasks.c.scheduling == bindparam("scheduling"),
    )
    .group_by(tasks.c.account_id, tasks.c.lane)
)
_ON_NODE = Query(
    select(func.count(), func.coalesce(func.sum(case((tasks.c.scheduling == "flex", 1), else_=0)), 0))
    .join_from(attempts, tasks, tasks.c.id == attempts.c.task_id)
    .where(attempts.c.node_id == bindparam("node"), attempts.c.ended_at.is_(None))
)
_CORES = (
    select(tasks.c.account_id, nodes.c.inventory, func.count())
    .join(attempts, attempts.c.task_id == tasks.c.id)
    .join(nodes, nodes.c.id == attempts.c.node_id)
    .where(
        HELD,
        tasks.c.account_id.in_(bindparam("accounts", expanding=True)),
        tasks.c.scheduling == bindparam("scheduling"),
        attempts.c.ended_at.is_(None),
    )
    .group_by(tasks.c.account_id, nodes.c.inventory)
)


def waiting(conn: Connection) -> list[str]:
    """The lanes in which something waits, the most urgent first."""
    return sorted((row.lane for row in _LANES.all(conn)), key=_rank)


def classes(conn: Connection, node_id: int, inventory: str, turn: Turn) -> list[list[Head]]:
    """The heads that a node may run, the most urgent class first."""
    heads = _heads(conn, "", 0, SCAN)
    if len(heads) == SCAN:  # there are more: look only at lanes that fit, and at their accounts in turn
        heads = _in_turn(conn, node_id, [lane for lane in waiting(conn) if fits(lane, inventory)], turn)
    found: dict[int, list[Head]] = defaultdict(list)
    for head in heads:
        if fits(head.lane, inventory):
            found[_rank(head.lane)].append(head)
    return [found[rank] for rank in sorted(found)]


def room(conn: Connection, node_id: int, slots: int) -> int | None:
    """How many urgent instances a node may be given: no more than it can begin at once while it has Flex work.

    None, without a limit, when it has none: then what is urgent waits there for nothing but its like.
    """
    count, flex = _ON_NODE.first(conn, node=node_id)
    return max(0, slots - count) if flex else None


def first(conn: Connection, head: Head, most: int) -> list[Any]:
    """The first tasks of a head's account in its lane."""
    return _OF_HEAD.all(conn, lane=head.lane, account=head.account_id, most=most)


def held(conn: Connection, accounts: Iterable[int], rank: Rank) -> dict[tuple[int, str], int]:
    """How many instances of a class nodes hold, of each account in each lane."""
    named = {"accounts": sorted(accounts), "scheduling": _NAMES[rank]}
    return {(account, lane): int(count) for account, lane, count in conn.execute(_HELD, named)}


def rooms(
    conn: Connection, accounts: Iterable[int], rank: Rank, quota: Quota, cores_each: int
) -> dict[int, int]:
    """How many more instances of a class, of so many cores, a quota lets each account have; empty without one."""
    if quota == Quota():
        return {}
    wanted = list(accounts)
    instances: dict[int, int] = defaultdict(int)
    for (account, _), count in held(conn, wanted, rank).items():
        instances[account] += count
    used = cores(conn, wanted, rank) if quota.cores else {}
    found = {one: quota.room(instances[one], used.get(one, 0), cores_each) for one in wanted}
    return {account: room for account, room in found.items() if room is not None}


def cores(conn: Connection, accounts: Iterable[int], rank: Rank) -> dict[int, int]:
    """How many cores the instances of a class have, of each account."""
    named = {"accounts": sorted(accounts), "scheduling": _NAMES[rank]}
    sums: dict[int, int] = defaultdict(int)
    for account, inventory, count in conn.execute(_CORES, named):
        sums[account] += count * cores_each(inventory)
    return sums


@lru_cache(maxsize=1024)
def cores_each(inventory: str) -> int:
    """The cores that an instance has on a node."""
    node = read_inventory(inventory)
    return max(1, node.cores // max(1, node.slots))


def _rank(lane: str) -> int:
    return parse(lane).rank


def _heads(conn: Connection, lane: str, account_id: int, most: int) -> list[Head]:
    """The heads that come after a place."""
    rows = _HEADS.all(conn, lane=lane, account=account_id, most=most)
    return [Head(*row) for row in rows]


def _in_turn(conn: Connection, node_id: int, fitting: list[str], turn: Turn) -> list[Head]:
    """Some heads of each lane: those after the last ones that this node was shown, around and around."""
    heads: list[Head] = []
    most = max(1, SCAN // max(1, len(fitting)))
    for lane in fitting:
        after = turn.after.get((node_id, lane), 0)
        here = [head for head in _heads(conn, lane, after, most) if head.lane == lane]
        if len(here) < most and after:
            seen = {head.account_id for head in here}
            again = _heads(conn, lane, 0, most - len(here))
            here += [head for head in again if head.lane == lane and head.account_id not in seen]
        if here:
            turn.after[node_id, lane] = here[-1].account_id
        heads += here
    return heads
