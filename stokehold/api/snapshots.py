"""Snapshots of running tasks, and the refresh of their inputs (api.md 2.3.8 and 2.3.13 to 2.3.15, 3.11)."""

from typing import Any

from msgspec import UNSET, Struct, UnsetType
from starlette.responses import Response

from stokehold.api import wire
from stokehold.api.call import Call, answer, done
from stokehold.api.progress import Answer
from stokehold.api.render import read_spec
from stokehold.api.routes import Route
from stokehold.api.tasks import found
from stokehold.domain import patterns, rules
from stokehold.domain.errors import Forbidden, Invalid, NotFound
from stokehold.domain.events import RefreshAsked, SnapshotAsked
from stokehold.domain.moments import date_text
from stokehold.domain.snapshot import LEAST_EVERY_S, Config, complete, next_beat
from stokehold.domain.states import FINAL
from stokehold.store import journal, snapshots, tasks
from stokehold.store.database import Connection

SHOWN = 1000  # snapshots in a list of them


class Periodic(Config, frozen=True, rename="camel", kw_only=True):
    """Snapshots every `interval` seconds; 0: no more. What is absent of the rest stays as it is."""

    interval: int


class SnapshotConfig(Struct, rename="camel"):
    """What a snapshot takes, and where its files go."""

    whitelist: str | None
    blacklist: str | None
    bucket: str | None
    bucket_prefix: str | None


class Snapshot(Answer, kw_only=True):
    """A snapshot. Sizes are bytes; the last four fields are not part of the vendor's interface."""

    id: str
    task_uuid: str
    trigger_date: str
    last_update_date: str | None
    snapshot_config: SnapshotConfig
    status: str
    size_to_upload: int | None
    transferred_size: int | None
    periodic: bool
    files: int
    files_left: int  # that would not hold still
    error: str | UnsetType = UNSET


def routes() -> list[Route]:
    """Every operation of this module."""
    path = "/tasks/{id}/snapshot"
    return [
        Route("POST", path, take, "Store what the running instances have made so far", "Snapshots",
              body=Config, answers=Snapshot),
        Route("POST", f"{path}/periodic", schedule, "Do so every so many seconds; 0 stops it", "Snapshots",
              body=Periodic),
        Route("GET", f"{path}/{{snapshotId}}", show, "How far a snapshot is", "Snapshots", answers=Snapshot),
        Route("GET", "/tasks/{id}/snapshots", taken, "The snapshots of a task, the newest first", "Snapshots",
              answers=list[Snapshot]),
        Route("PATCH", "/tasks/{id}", refresh, "Bring new and changed inputs to the running instances", "Tasks"),
    ]  # fmt: skip


async def take(call: Call) -> Response:
    """Begin a snapshot of what runs now."""
    config = _checked(await _body(call, Config))
    row = await call.services.database.glance(found, call)
    if not row.running or row.cancel_asked:
        raise Forbidden(f"Can't take a snapshot: no instance of the task is running, it is {row.state}.")
    full = await _with_bucket(call, row, config)
    made = await call.services.database.write(_take, row, full, call.services.clock())
    return answer(_shown(row, made))


async def schedule(call: Call) -> Response:
    """Set or stop the periodic snapshots; beats are counted from the submission."""
    asked = _checked(await _body(call, Periodic))
    if asked.interval < 0:
        raise Invalid("interval", f"must not be negative ({asked.interval}); 0 stops the snapshots")
    row = await call.services.database.glance(found, call)
    if row.state in FINAL or row.cancel_asked:
        raise Forbidden(f"Can't take snapshots: invalid operation on non-running task, it is {row.state}.")
    every_s = max(LEAST_EVERY_S, asked.interval) if asked.interval else 0
    given = Config(asked.whitelist, asked.blacklist, asked.bucket, asked.bucket_prefix)
    config = given.over(snapshots.stored(row.snapshot_config))
    if every_s:
        await _with_bucket(call, row, config)
    beat = next_beat(row.created_at, every_s, call.services.clock()) if every_s else None
    await call.services.database.write(snapshots.schedule, row.id, every_s, config, beat)
    return done()


async def show(call: Call) -> Response:
    """How far a snapshot is."""
    return answer(await call.services.database.glance(_show, call))


async def taken(call: Call) -> Response:
    """Every snapshot of a task that is kept: those that were asked for, and the last periodic one."""
    return answer(await call.services.database.read(_taken, call))


async def refresh(call: Call) -> Response:
    """Tell the running instances to bring what is new or changed in the input buckets."""
    await call.services.database.write(_refresh, call, call.services.clock())
    return done()


async def _body(call: Call, kind: Any) -> Any:
    body = await call.json()
    return wire.read(kind, {} if body is None else body)


def _checked(config: Any) -> Any:
    for name in ("whitelist", "blacklist"):
        if pattern := getattr(config, name):
            patterns.check(name, pattern)
    if config.bucket:
        rules.check_bucket("bucket", config.bucket)
    return config


async def _with_bucket(call: Call, row: tasks.Task, config: Config) -> Config:
    """The whole of a snapshot's configuration, and its bucket made if need be."""
    full = complete(config.over(snapshots.stored(row.snapshot_config)), read_spec(row))
    if not full.bucket:
        raise Invalid("bucket", "is required: the task has neither a snapshot bucket nor a result bucket")
    await call.services.storage.ensure_bucket(row.account_id, full.bucket)
    return full


def _take(conn: Connection, row: tasks.Task, config: Config, at: int) -> snapshots.Snapshot:
    journal.record(conn, [SnapshotAsked(row.id, snapshots.name(row.uuid, at), config)], at)
    made = snapshots.newest(conn, row.id)
    assert made is not None
    return made


def _show(conn: Connection, call: Call) -> Snapshot:
    row, name = found(conn, call), call.params["snapshotId"]
    snapshot = snapshots.find(conn, row.id, name)
    if snapshot is None:
        raise NotFound(f"No such snapshot: {name[:200]} (task {row.shortname})")
    return _shown(row, snapshot)


def _taken(conn: Connection, call: Call) -> list[Snapshot]:
    row = found(conn, call)
    return [_shown(row, made) for made in snapshots.of_task(conn, row.id, SHOWN)]


def _refresh(conn: Connection, call: Call, at: int) -> None:
    row = found(conn, call)
    if not row.active or row.cancel_asked or row.delete_asked:
        raise Invalid("state", f"inputs can be refreshed only while the task is running, it is {row.state}")
    journal.record(conn, [RefreshAsked(row.id)], at)


def _shown(row: tasks.Task, made: snapshots.Snapshot) -> Snapshot:
    config = made.config
    return Snapshot(
        id=made.name,
        task_uuid=row.uuid,
        trigger_date=date_text(made.triggered_at),
        last_update_date=None if made.updated_at is None else date_text(made.updated_at),
        snapshot_config=SnapshotConfig(
            config.whitelist, config.blacklist, config.bucket, config.bucket_prefix
        ),
        status=str(made.state),
        size_to_upload=made.size,
        transferred_size=made.sent,
        periodic=made.periodic,
        files=made.files,
        files_left=made.files_left,
        error=made.failure or UNSET,
    )
