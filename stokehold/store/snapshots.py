"""Snapshots as they are asked for, read, and fired by time. What becomes of them is written by `snapshot_rows`."""

from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import BigInteger, Connection, Row, bindparam, cast, func, null, select, update

from stokehold.domain.errors import Forbidden
from stokehold.domain.events import SnapshotAsked
from stokehold.domain.moments import SECOND, date_text
from stokehold.domain.snapshot import Config, Parts, SnapshotState, complete, fold, next_beat
from stokehold.domain.states import FINAL
from stokehold.domain.task import Spec
from stokehold.store import journal
from stokehold.store.database import wake
from stokehold.store.schema import tasks
from stokehold.store.snapshot_schema import snapshots

BEATS = "beats"  # topic: a periodic snapshot was set
MOST = 100  # tasks whose snapshots one transaction begins

_config = msgspec.json.Decoder(Config)
_keys = msgspec.json.Decoder(list[str])
_spec = msgspec.json.Decoder(Spec)


class Snapshot(Struct):
    """One snapshot. Moments are microseconds, sizes bytes; None: nothing is known yet."""

    name: str
    state: SnapshotState
    periodic: bool
    config: Config
    triggered_at: int
    updated_at: int | None
    size: int | None
    sent: int | None
    files: int
    files_left: int
    results: list[str]
    failure: str | None


def find(conn: Connection, task_id: int, name: str) -> Snapshot | None:
    """A snapshot of a task by its name."""
    row = conn.execute(
        select(snapshots).where(snapshots.c.name == name, snapshots.c.task_id == task_id)
    ).first()
    return _snapshot(row) if row else None


def newest(conn: Connection, task_id: int) -> Snapshot | None:
    """The snapshot of a task that was asked for last."""
    query = select(snapshots).where(snapshots.c.task_id == task_id).order_by(snapshots.c.id.desc()).limit(1)
    row = conn.execute(query).first()
    return _snapshot(row) if row else None


def of_task(conn: Connection, task_id: int, most: int) -> list[Snapshot]:
    """The snapshots of a task without the names of their files, the newest first."""
    columns = [null().label("results") if c.name == "results" else c for c in snapshots.c]
    query = select(*columns).where(snapshots.c.task_id == task_id).order_by(snapshots.c.id.desc())
    return [_snapshot(row) for row in conn.execute(query.limit(most))]


def results(conn: Connection, task_id: int) -> tuple[str, list[str]]:
    """(bucket, keys) of the newest snapshot that has stored something."""
    query = select(snapshots.c.config, snapshots.c.results).where(snapshots.c.task_id == task_id)
    row = conn.execute(query.where(snapshots.c.files > 0).order_by(snapshots.c.id.desc()).limit(1)).first()
    if row is None:
        return "", []
    return _config.decode(row.config).bucket or "", _keys.decode(row.results or "[]")


def configs(conn: Connection, ids: Iterable[int]) -> dict[int, Config]:
    """What these snapshots take, and where to."""
    query = select(snapshots.c.id, snapshots.c.config).where(snapshots.c.id.in_(list(ids)))
    return {row.id: _config.decode(row.config) for row in conn.execute(query)}


def _snapshot(row: Row[Any]) -> Snapshot:
    return Snapshot(
        row.name, fold(Parts(*(getattr(row, name) for name in Parts.__struct_fields__))), row.periodic,
        _config.decode(row.config), row.triggered_at, row.updated_at, row.size, row.sent, row.files, row.files_left,
        _keys.decode(row.results or "[]"), row.failure,
    )  # fmt: skip


def name(uuid: str, at: int) -> str:
    """`snap_<uuid of the task>_<yyyyMMddHHmmss>`."""
    return f"snap_{uuid}_" + "".join(filter(str.isdigit, date_text(at)[:19]))


def schedule(conn: Connection, task_id: int, every_s: int, config: Config, at: int | None) -> None:
    """Set the periodic snapshots of a task; `at` is the first, None: none."""
    values = {
        "snapshot_every_s": every_s,
        "snapshot_at": at,
        "snapshot_config": msgspec.json.encode(config).decode(),
    }
    conn.execute(update(tasks).where(tasks.c.id == task_id).values(values))
    wake(conn, BEATS)


def next_due(conn: Connection) -> int | None:
    """When the next periodic snapshot of any task is due."""
    return conn.execute(_NEXT).scalar()


def fire(conn: Connection, at: int) -> int:
    """Begin the periodic snapshots that are due, and set the next ones; returns how many tasks were due.

    A beat is left out when nothing runs, or while the last one still goes on.
    """
    due = conn.execute(_DUE, {"at": at}).all()
    for row in due:
        beat = None
        if row.state not in FINAL and not row.cancel_asked and not row.delete_asked:
            beat = next_beat(row.created_at, row.snapshot_every_s, at)
            if row.executing + row.uploading and not (row.snapshots_open and _going_on(conn, row.id)):
                _begin(conn, row, at)
        conn.execute(update(tasks).where(tasks.c.id == row.id).values(snapshot_at=beat))
    return len(due)


def reset(conn: Connection, at: int) -> None:
    """The clock was put back: no beat is further away than its period."""
    far = tasks.c.snapshot_at - cast(tasks.c.snapshot_every_s, BigInteger) * SECOND > at
    conn.execute(update(tasks).where(tasks.c.snapshot_at.is_not(None), far).values(snapshot_at=at))


def _begin(conn: Connection, row: Any, at: int) -> None:
    config = complete(stored(row.snapshot_config), _spec.decode(row.spec))
    event = SnapshotAsked(row.id, name(row.uuid, at), config, periodic=True)
    try:
        journal.record(conn, [event], at)
    except Forbidden:
        return  # what runs is about to end


def _going_on(conn: Connection, task_id: int) -> bool:
    going_on = (snapshots.c.periodic, snapshots.c.waiting + snapshots.c.saving > 0)
    query = select(snapshots.c.id).where(snapshots.c.task_id == task_id, *going_on).limit(1)
    return conn.execute(query).first() is not None


def stored(text: str | None) -> Config:
    """What a periodic call has put in place of what the submission said."""
    return _config.decode(text) if text else Config()


_NEXT = select(func.min(tasks.c.snapshot_at)).where(tasks.c.snapshot_at.is_not(None))
_DUE = (
    select(
        tasks.c.id, tasks.c.uuid, tasks.c.state, tasks.c.cancel_asked, tasks.c.delete_asked, tasks.c.created_at,
        tasks.c.executing, tasks.c.uploading, tasks.c.spec, tasks.c.snapshot_every_s, tasks.c.snapshot_config,
        tasks.c.snapshots_open,
    )
    .where(tasks.c.snapshot_at <= bindparam("at"), tasks.c.snapshot_at.is_not(None))
    .order_by(tasks.c.snapshot_at)
    .limit(MOST)
)  # fmt: skip
