"""Nodes: the machines that runners speak for."""

from collections.abc import Mapping
from typing import Any

import msgspec
from sqlalchemy import Connection, bindparam, delete, select

from stokehold.domain.events import AttemptEvent, AttemptNews, Event
from stokehold.domain.lane import read_inventory
from stokehold.domain.protocol import (
    OUTPUT_KEPT,
    Inventory,
    Lost,
    Order,
    Printed,
    Refresh,
    Report,
    Returned,
    Snapshot,
    Stop,
    Sync,
)
from stokehold.domain.snapshot import Config
from stokehold.domain.states import Phase
from stokehold.store import attempts, journal, outputs, samples, snapshots
from stokehold.store.bulk import Bulk
from stokehold.store.database import wake
from stokehold.store.prepared import Query
from stokehold.store.schema import actions, nodes
from stokehold.store.schema import attempts as attempts_table

REMEMBERED_US = 24 * 3600 * 1_000_000  # for how long a node that is gone still counts as a machine there is

_HERE = Query(select(nodes.c.inventory).where(nodes.c.id == bindparam("key"), nodes.c.lost.is_(False)))
_TAKEN = Query(select(nodes.c.report_seq).where(nodes.c.id == bindparam("key")))
_TAKE = Bulk(
    nodes.update()
    .where(nodes.c.id == bindparam("key"))
    .values(report_seq=bindparam("last"), seen_at=bindparam("at"))
)


def introduce(conn: Connection, uuid: str, session: str, inventory: Inventory, at: int) -> int:
    """A runner begins a session; returns the node's id. What it holds is settled by `reconcile`."""
    wake(conn, journal.NODES)
    values = {"name": inventory.name, "session": session, "seen_at": at, "lost": False}
    values["inventory"] = msgspec.json.encode(inventory).decode()
    row = conn.execute(select(nodes.c.id).where(nodes.c.uuid == uuid)).first()
    if row is None:
        made = nodes.insert().values(uuid=uuid, **values).returning(nodes.c.id)
        return int(conn.execute(made).scalar_one())
    conn.execute(nodes.update().where(nodes.c.id == row.id).values(values))
    return int(row.id)


def reconcile(conn: Connection, node_id: int, held: list[str], at: int) -> list[Stop]:
    """Make both sides agree: take back what the runner does not hold, stop what it should not hold."""
    known = {a.token: a for a in attempts.held_by(conn, node_id)}
    events: list[Event] = []
    for token in known.keys() - set(held):
        never_begun = known[token].phase is Phase.LEASED
        events.append(Returned(token) if never_begun else Lost(token, "the runner was restarted"))
    journal.record(conn, events, at)
    forget_commands(conn, node_id)
    return [Stop(0, token) for token in held if token not in known]


def find(conn: Connection, uuid: str) -> tuple[int, str, bool] | None:
    """(id, session, lost) of a node."""
    row = conn.execute(select(nodes.c.id, nodes.c.session, nodes.c.lost).where(nodes.c.uuid == uuid)).first()
    return (row.id, row.session, row.lost) if row else None


def here(conn: Connection, node_id: int) -> str | None:
    """The inventory of a node, as JSON; None when it was given up, and has not introduced itself since."""
    found: str | None = _HERE.scalar(conn, key=node_id)
    return found


def present(conn: Connection) -> list[int]:
    """The nodes that have not been given up."""
    return list(conn.execute(select(nodes.c.id).where(nodes.c.lost.is_(False))).scalars())


def runners(conn: Connection) -> list[tuple[str, Inventory]]:
    """(name, inventory) of each node that is there."""
    query = select(nodes.c.name, nodes.c.inventory).where(nodes.c.lost.is_(False)).order_by(nodes.c.id)
    return [(row.name, msgspec.json.decode(row.inventory, type=Inventory)) for row in conn.execute(query)]


def machines(conn: Connection, at: int) -> list[Inventory]:
    """The machines that are here, and those that were a short while ago: they may only be starting again."""
    query = select(nodes.c.inventory).where(nodes.c.lost.is_(False) | (nodes.c.seen_at > at - REMEMBERED_US))
    return [read_inventory(text) for text in dict.fromkeys(conn.execute(query).scalars())]


def take_reports(
    conn: Connection,
    node_id: int,
    seq: int,
    reports: list[Report],
    at: int,
    kept: int = OUTPUT_KEPT,
) -> int:
    """Record numbered reports, skipping those taken before; returns the number of the last one taken.

    `kept` is how many bytes of each stream of output are kept.
    """
    taken: int = _TAKEN.scalar(conn, key=node_id)
    fresh = reports[max(0, taken + 1 - seq) :]
    last = max(taken, seq + len(reports) - 1)
    if fresh:
        outputs.append(conn, _pieces(conn, [r for r in fresh if isinstance(r, Printed)]), kept)
        journal.record(conn, [r for r in fresh if isinstance(r, AttemptEvent | AttemptNews)], at)
        _TAKE.execute(conn, [{"key": node_id, "last": last, "at": at}])
    return last


def hear(conn: Connection, node_id: int, sync: Sync, at: int, kept: int) -> int:
    """Take everything that a call tells; returns the number of the last report taken."""
    last = take_reports(conn, node_id, sync.seq, sync.reports, at, kept)
    if sync.measured is not None:
        samples.append(conn, sync.measured)
    return last


def _pieces(conn: Connection, printed: list[Printed]) -> list[outputs.Piece]:
    held = attempts.current(conn, {p.token for p in printed}) if printed else {}
    pieces: list[outputs.Piece] = []
    for p in printed:
        if a := held.get(p.token):
            piece = outputs.Piece(a.task_id, a.instance_id, a.number, p.stream, p.position, p.data)
            pieces.append(outputs.untold(conn, piece, pieces) if p.again else piece)
    return pieces


_COMMANDS = Query(
    select(actions.c.id, attempts_table.c.token, attempts_table.c.ended_at, actions.c.kind, actions.c.data)
    .join(attempts_table, attempts_table.c.id == actions.c.attempt_id)
    .where(actions.c.node_id == bindparam("node"), actions.c.id > bindparam("after"))
    .order_by(actions.c.id)
)


def commands(conn: Connection, node_id: int, after: int) -> list[Order]:
    """The commands for a node that it has not seen; those of attempts that have ended are forgotten.

    A Refresh is without its inputs: who sends it looks them up.
    """
    rows = [row for row in _COMMANDS.all(conn, node=node_id, after=after) if row.ended_at is None]
    asked = {int(row.data) for row in rows if row.kind == "snapshot"}
    configs = snapshots.configs(conn, asked) if asked else {}
    return [_command(row, configs) for row in rows]


def _command(row: Any, configs: Mapping[int, Config]) -> Order:
    match row.kind:
        case "snapshot":
            config = configs[int(row.data)]
            target = f"{config.bucket}/{config.bucket_prefix or ''}"
            whitelist, blacklist = config.whitelist or "", config.blacklist or ""
            return Snapshot(row.id, row.token, int(row.data), target, whitelist, blacklist)
        case "refresh":
            return Refresh(row.id, row.token, int(row.data))
        case _:
            return Stop(row.id, row.token)


def forget_commands(conn: Connection, node_id: int) -> None:
    """Drop the commands whose attempts have ended."""
    ended = select(attempts_table.c.id).where(attempts_table.c.ended_at.is_not(None))
    conn.execute(delete(actions).where(actions.c.node_id == node_id, actions.c.attempt_id.in_(ended)))
