"""Leases: the rights of runners to attempts."""

from collections.abc import Callable
from itertools import islice
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace
from sqlalchemy import Connection, select

from stokehold.domain.events import Granted
from stokehold.domain.lane import Rank, fits, parse, read_inventory
from stokehold.domain.place import Head, Waiting, leading, place
from stokehold.domain.protocol import Lease, Order
from stokehold.domain.quota import UNLIMITED, Quotas
from stokehold.domain.ranges import Ranges
from stokehold.domain.task import SECRET_SHOWN
from stokehold.store import attempts, journal, lanes, nodes, secrets
from stokehold.store.lanes import Turn
from stokehold.store.schema import accounts, tasks
from stokehold.store.secrets import Sealed

WINDOW = 64  # how many waiting tasks compete for the free slots
HEADS = 16  # of how many accounts
MOST = 1024  # leases in one answer


class Given(Struct, frozen=True):
    """Leases of one task, and what their work needs to be told."""

    task_id: int
    uuid: str
    account_id: int
    profile: str
    spec: str
    total: int
    leases: list[Lease]
    sealed: Sealed = ()  # its secret constants
    email: str = ""  # of its account, when its instances are given credentials


class Terms(Struct, frozen=True):
    """What holds for every claim: the quotas of accounts, and whose turn it is."""

    quotas: Quotas = UNLIMITED
    turn: Turn = field(default_factory=Turn)


def claim(
    conn: Connection,
    node_id: int,
    want: int,
    secret: Callable[[], str],
    at: int,
    terms: Terms | None = None,
) -> list[Given]:
    """Lease up to `want` waiting instances to a node: of the most urgent class that it may run, then of the next."""
    terms = terms or Terms()
    inventory = nodes.here(conn, node_id) if want > 0 else None
    if inventory is None:
        return []
    shares: dict[int, int] = {}
    rows: dict[int, Any] = {}
    left = min(want, MOST)
    for heads in lanes.classes(conn, node_id, inventory, terms.turn):
        most = _most(conn, node_id, inventory, heads, left)
        more, found = _share(conn, heads, inventory, most, terms) if most else ({}, {})
        shares |= more
        rows |= found
        left -= sum(more.values())
        if sum(more.values()) == most:  # more of this class may wait: nothing less urgent gets in its way
            if most < left:
                terms.turn.full.add(node_id)
            break
    return _grant(conn, node_id, shares, rows, secret, at) if shares else []


def _most(conn: Connection, node_id: int, inventory: str, heads: list[Head], left: int) -> int:
    """How many leases of a class a node gets at most: of an urgent one, none that would wait behind Flex work."""
    if parse(heads[0].lane).rank is Rank.FLEX:
        return left
    room = lanes.room(conn, node_id, read_inventory(inventory).slots)
    return left if room is None else min(left, room)


def _share(
    conn: Connection, heads: list[Head], inventory: str, slots: int, terms: Terms
) -> tuple[dict[int, int], dict[int, Any]]:
    """How many leases the tasks of one class get, and their rows."""
    accounts = {head.account_id for head in heads}
    rank, turns = parse(heads[0].lane).rank, terms.turn.turns
    hands = lanes.held(conn, accounts, rank) if len(accounts) > 1 else {}
    rooms = lanes.rooms(conn, accounts, rank, terms.quotas.of(rank), lanes.cores_each(inventory))
    chosen = leading([h for h in heads if rooms.get(h.account_id, 1) > 0], hands, min(slots, HEADS), turns)
    if not chosen:
        return {}, {}
    most = min(slots, WINDOW // len(chosen))
    rows: dict[int, Any] = {}
    waiting: list[Waiting] = []
    for head in chosen:
        for row in lanes.first(conn, head, most):
            rows[row.id] = row
            room = None if row.most_running is None else row.most_running - row.active
            waiting.append(Waiting(row.id, row.ready, row.active, row.account_id, room, head.lane))
    return place(waiting, slots, hands, rooms, turns), rows


def _grant(
    conn: Connection,
    node_id: int,
    shares: dict[int, int],
    rows: dict[int, Any],
    secret: Callable[[], str],
    at: int,
) -> list[Given]:
    next_id = attempts.next_id(conn)
    given: list[Given] = []
    events: list[Granted] = []
    for task_id, share in shares.items():
        ids, _ = Ranges.stored(rows[task_id].ready_range).take(share)
        pairs = tuple((n, next_id + i, attempts.token_of(next_id + i, secret())) for i, n in enumerate(ids))
        next_id += len(ids)
        events.append(Granted(task_id, node_id, pairs))
    made = iter(journal.record(conn, events, at))
    for event in events:
        row = rows[event.task_id]
        leases = [Lease(a.token, row.uuid, a.instance_id, a.number) for a in islice(made, len(event.leases))]
        given.append(Given(row.id, row.uuid, row.account_id, row.profile, row.spec, row.total, leases))
    return _with_confidences(conn, given)


def _with_confidences(conn: Connection, given: list[Given]) -> list[Given]:
    """Add what only tasks with secrets or privileges need: others cost nothing here."""
    hiding = [one.task_id for one in given if SECRET_SHOWN in one.spec]
    trusting = {one.account_id for one in given if _PRIVILEGED in one.spec}
    if not hiding and not trusting:
        return given
    sealed = secrets.of_tasks(conn, hiding) if hiding else {}
    query = select(accounts.c.id, accounts.c.email).where(accounts.c.id.in_(trusting))
    emails: dict[int, str] = {row.id: row.email for row in conn.execute(query)} if trusting else {}
    return [
        replace(one, sealed=sealed.get(one.task_id, ()), email=emails.get(one.account_id, ""))
        for one in given
    ]


_PRIVILEGED = '"exportApiAndStorageCredentialsInEnvironment":true'  # as Spec is encoded


def due(conn: Connection, node_id: int, after: int) -> tuple[list[Order], bool]:
    """The commands that a node has not seen, and whether anything waits for it: the look of a call that waits."""
    return nodes.commands(conn, node_id, after), any_waiting(conn, node_id)


def any_waiting(conn: Connection, node_id: int) -> bool:
    """Whether an instance waits that the node may run: a cheap look before the write of a claim."""
    waiting = lanes.waiting(conn)
    inventory = nodes.here(conn, node_id) if waiting else None
    return inventory is not None and any(fits(lane, inventory) for lane in waiting)


class Target(Struct, frozen=True):
    """Whose results an attempt makes, and how they are to be stored."""

    account_id: int
    spec: str
    task_id: int = 0
    instance_id: int = 0


def targets(conn: Connection, tokens: list[str]) -> dict[str, Target]:
    """The targets of the attempts that are active under these tokens."""
    held = attempts.current(conn, tokens)
    query = select(tasks.c.id, tasks.c.account_id, tasks.c.spec)
    rows = conn.execute(query.where(tasks.c.id.in_({a.task_id for a in held.values()})))
    by_task = {row.id: (row.account_id, row.spec) for row in rows}
    return {token: Target(*by_task[a.task_id], a.task_id, a.instance_id) for token, a in held.items()}
