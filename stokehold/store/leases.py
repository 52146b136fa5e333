"""Leases: the rights of runners to attempts."""

from collections.abc import Callable
from itertools import islice

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Connection, select

from stokehold.domain.events import Granted
from stokehold.domain.place import Waiting, place
from stokehold.domain.protocol import Lease, Order
from stokehold.domain.ranges import Ranges
from stokehold.domain.task import SECRET_SHOWN
from stokehold.store import attempts, journal, nodes, secrets
from stokehold.store.schema import accounts, tasks
from stokehold.store.secrets import Sealed

WINDOW = 64  # how many of the oldest waiting tasks compete for the free slots
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


def claim(conn: Connection, node_id: int, want: int, secret: Callable[[], str], at: int) -> list[Given]:
    """Lease up to `want` waiting instances to a node."""
    rows = {row.id: row for row in conn.execute(_WAITING)} if want > 0 else {}
    if not rows or nodes.is_lost(conn, node_id):
        return []
    waiting = [Waiting(r.id, r.ready, r.dispatched + r.executing + r.uploading) for r in rows.values()]
    shares = place(waiting, min(want, MOST))
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
    """The commands that a node has not seen, and whether anything waits for a runner: the look of a call that waits."""
    return nodes.commands(conn, node_id, after), any_waiting(conn)


def any_waiting(conn: Connection) -> bool:
    """Whether an instance waits for a runner: a cheap look before the write of a claim."""
    return conn.execute(_ANY).first() is not None


_ANY = select(tasks.c.id).where(tasks.c.ready > 0, tasks.c.waits_for == 0).limit(1)


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


_WAITING = (
    select(
        tasks.c.id, tasks.c.uuid, tasks.c.account_id, tasks.c.profile, tasks.c.spec, tasks.c.total, tasks.c.ready,
        tasks.c.dispatched, tasks.c.executing, tasks.c.uploading, tasks.c.ready_range,
    )
    .where(tasks.c.ready > 0, tasks.c.waits_for == 0)
    .order_by(tasks.c.id)
    .limit(WINDOW)
)  # fmt: skip
