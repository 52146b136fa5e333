"""Tasks as they are read: one, pages of them, and the attempts that an answer shows."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Text,
    bindparam,
    case,
    cast,
    exists,
    func,
    null,
    or_,
    select,
)

from stokehold.domain.job import JobState
from stokehold.domain.protocol import Ended, Inventory, Sample
from stokehold.domain.ranges import Ranges
from stokehold.domain.states import ENDS, FINAL, Phase
from stokehold.domain.task import Spec
from stokehold.store.database import wake
from stokehold.store.job_schema import jobs
from stokehold.store.prepared import Query
from stokehold.store.sample_schema import samples
from stokehold.store.samples import decoded
from stokehold.store.schema import HELD, attempts, nodes, tags, tasks
from stokehold.store.topics import task_topic

FAILURES_SEEN = 100  # failed instances that are asked for their reason


class Task(Struct):
    """One row of `tasks`. Moments and durations are microseconds."""

    id: int
    uuid: str
    account_id: int
    shortname: str
    name: str
    profile: str
    spec: str
    state: str
    previous_state: str | None
    state_at: int
    previous_state_at: int | None
    created_at: int
    modified_at: int
    ended_at: int | None
    cancel_asked: bool
    delete_asked: bool
    total: int
    ready: int
    dispatched: int
    executing: int
    uploading: int
    succeeded: int
    failed: int
    cancelled: int
    results_count: int
    download_us: int
    environment_us: int
    execution_us: int
    upload_us: int
    ready_range: str
    started_range: str
    succeeded_range: str
    failed_range: str
    cancelled_range: str
    failure: str | None = None  # domain.errors.Failure as JSON
    snapshot_every_s: int = 0
    snapshot_config: str | None = None
    snapshots_made: int = 0
    inputs_revision: int = 0
    result_conflicts: int = 0

    @property
    def active(self) -> int:
        return self.dispatched + self.executing + self.uploading

    @property
    def running(self) -> int:
        return self.executing + self.uploading

    @property
    def ended(self) -> int:
        return self.succeeded + self.failed + self.cancelled


class Attempt(Struct):
    """One try at an instance, and the node that has or had it."""

    instance_id: int
    number: int
    losses: int
    phase: Phase
    leased_at: int
    started_at: int | None
    ended_at: int | None
    report: Ended | None
    node: Inventory
    phase_at: int = 0
    sample: Sample | None = None  # the latest, of one that runs
    inputs_revision: int = 0
    inputs_failure: str | None = None


class Running(Struct):
    """What runs now."""

    instances: int = 0
    cores: int = 0


class Usage(Struct):
    """How much of the platform an account uses now."""

    tasks: int = 0
    running_tasks: int = 0
    running_instances: int = 0
    running_cores: int = 0
    jobs: int = 0
    classes: dict[str, Running] = {}  # by scheduling type
    reserved: dict[str, Running] = {}  # by the reservation of the machine


# Statements are made once: making one costs more than running it.
_TASK = select(*(tasks.c[name] for name in Task.__struct_fields__))
_MINE = _TASK.where(tasks.c.account_id == bindparam("account_id"))
_BY_SHORTNAME = Query(_MINE.where(tasks.c.shortname == bindparam("key")))
_BY_UUID = Query(_MINE.where(tasks.c.uuid == bindparam("key")))
COLUMNS = (
    attempts.c.instance_id, attempts.c.number, attempts.c.losses, attempts.c.phase, attempts.c.leased_at,
    attempts.c.started_at, attempts.c.ended_at, attempts.c.report, nodes.c.inventory, attempts.c.phase_at,
    attempts.c.inputs_revision, attempts.c.inputs_failure,
)  # fmt: skip
_here = nodes.c.id == attempts.c.node_id
_ATTEMPT: Select[Any] = select(*COLUMNS, cast(null(), Text)).join(nodes, _here)
_OF_TASK = _ATTEMPT.where(attempts.c.task_id == bindparam("task_id"))
_MEASURED: Select[Any] = (
    select(*COLUMNS, samples.c.latest)
    .select_from(attempts)
    .join(nodes, _here)
    .outerjoin(samples, samples.c.attempt_id == attempts.c.id)
    .where(attempts.c.task_id == bindparam("task_id"))
)
_ACTIVE = Query(
    _MEASURED.where(attempts.c.ended_at.is_(None), attempts.c.phase != str(Phase.LEASED))
    .order_by(attempts.c.instance_id)
    .limit(bindparam("limit"))
)
_later = attempts.alias("later")
_ENDED = Query(
    _OF_TASK.where(or_(*(attempts.c.phase == str(phase) for phase in ENDS)))  # IN is spelled anew each time
    .where(
        ~exists()
        .where(
            _later.c.task_id == attempts.c.task_id,
            _later.c.instance_id == attempts.c.instance_id,
            _later.c.number > attempts.c.number,
        )
        .correlate(attempts)
    )
    .order_by(attempts.c.instance_id.desc())
    .limit(bindparam("limit"))
)
_OF_INSTANCES = _OF_TASK.where(attempts.c.instance_id.in_(bindparam("ids", expanding=True))).order_by(
    attempts.c.instance_id, attempts.c.number
)
_TRIED = _MEASURED.where(attempts.c.instance_id.in_(bindparam("ids", expanding=True))).order_by(
    attempts.c.instance_id, attempts.c.number
)
_GIVEN = _MINE.where(tasks.c.id.in_(bindparam("ids", expanding=True)))
_PIECE = 500  # ids in one statement
_report = msgspec.json.Decoder(Ended)
_inventory = lru_cache(maxsize=256)(msgspec.json.Decoder(Inventory).decode)


def find(conn: Connection, account_id: int, key: str) -> Task | None:
    """The account's task with this shortname or UUID."""
    row = _BY_SHORTNAME.first(conn, account_id=account_id, key=key)
    if row is None:
        row = _BY_UUID.first(conn, account_id=account_id, key=key.lower())
    return Task(*row) if row else None


def page(
    conn: Connection,
    where: ColumnElement[bool],
    limit: int,
    order: Sequence[ColumnElement[Any]] = (),
) -> list[Task]:
    """Up to `limit` tasks; the newest first unless `order` says otherwise."""
    wanted = list(order or [tasks.c.created_at.desc(), tasks.c.id.desc()])
    # Which ones, from the indexes alone where they suffice; then their rows, which are long.
    chosen = select(tasks.c.id).where(where).order_by(*wanted).limit(limit)
    query = _TASK.where(tasks.c.id.in_(chosen)).order_by(*wanted)
    return [Task(*row) for row in conn.execute(query)]


def count(conn: Connection, where: ColumnElement[bool]) -> int:
    return conn.execute(select(func.count()).select_from(tasks).where(where)).scalar_one()


def owned(account_id: int) -> ColumnElement[bool]:
    """The tasks of an account."""
    return tasks.c.account_id == account_id


def active(conn: Connection, task: Task, limit: int) -> list[Attempt]:
    """The attempts of a task that a node has begun."""
    if not task.active:
        return []
    return _read(conn, _ACTIVE, {"task_id": task.id, "limit": limit})


def ended(conn: Connection, task: Task, limit: int) -> list[Attempt]:
    """The last attempts of the `limit` ended instances with the highest ids, which were handed out last.

    Reads no more rows than that, whatever the size of the task.
    """
    if not task.ended:
        return []
    over = Ranges.stored(task.succeeded_range) | Ranges.stored(task.failed_range)
    over = over | Ranges.stored(task.cancelled_range)
    return [a for a in _read(conn, _ENDED, {"task_id": task.id, "limit": limit}) if a.instance_id in over]


def failed(conn: Connection, task: Task) -> list[Attempt]:
    """The last attempts of the first failed instances: enough to tell why a task failed."""
    if not task.failed:
        return []
    ids, _ = Ranges.stored(task.failed_range).take(FAILURES_SEEN)
    found = _read(conn, _OF_INSTANCES, {"task_id": task.id, "ids": ids})
    return list({attempt.instance_id: attempt for attempt in found}.values())


def given(conn: Connection, account_id: int, ids: Sequence[int]) -> list[Task]:
    """The account's tasks of these rows, as far as they are there."""
    return [Task(*row) for row in conn.execute(_GIVEN, {"account_id": account_id, "ids": ids})] if ids else []


def attempts_of(conn: Connection, task: Task, ids: Sequence[int]) -> dict[int, list[Attempt]]:
    """Every attempt at these instances, by instance, the first one first."""
    found: dict[int, list[Attempt]] = {}
    for start in range(0, len(ids), _PIECE):
        piece = {"task_id": task.id, "ids": ids[start : start + _PIECE]}
        for attempt in _read(conn, _TRIED, piece):
            found.setdefault(attempt.instance_id, []).append(attempt)
    return found


def retag(conn: Connection, task: Task, spec: Spec, at: int) -> None:
    """Give a task the tags and constants of `spec`; nothing else of a task may change."""
    changed = {"spec": msgspec.json.encode(spec).decode(), "modified_at": at}
    conn.execute(tasks.update().where(tasks.c.id == task.id).values(changed))
    wake(conn, task_topic(task.account_id, task.id))
    conn.execute(tags.delete().where(tags.c.task_id == task.id))
    if spec.tags:
        labels = ({"task_id": task.id, "tag": tag} for tag in dict.fromkeys(spec.tags))
        conn.execute(tags.insert(), [{"account_id": task.account_id, **label} for label in labels])


_JOBS = select(func.count()).where(
    jobs.c.account_id == bindparam("account_id"), jobs.c.state != str(JobState.DELETING)
)
_PHASES = ("ready", "dispatched", "executing", "uploading")


def phases(conn: Connection) -> dict[str, int]:
    """How many instances of unfinished tasks are in each group of phases."""
    sums = [func.coalesce(func.sum(tasks.c[name]), 0) for name in _PHASES]
    row = conn.execute(select(*sums).where(tasks.c.ended_at.is_(None))).one()
    return {name: int(value) for name, value in zip(_PHASES, row, strict=True)}


_RUNNING = (
    select(tasks.c.scheduling, nodes.c.inventory, func.count())
    .join(attempts, attempts.c.task_id == tasks.c.id)
    .join(nodes, nodes.c.id == attempts.c.node_id)
    .where(
        tasks.c.account_id == bindparam("account_id"),
        HELD,
        attempts.c.ended_at.is_(None),
        attempts.c.phase.in_([str(Phase.EXECUTION), str(Phase.UPLOAD)]),
    )
    .group_by(tasks.c.scheduling, nodes.c.inventory)
)


def usage(conn: Connection, account_id: int) -> Usage:
    """What the account uses now."""
    over = tasks.c.state.in_([str(state) for state in FINAL])
    counts = select(func.count(), func.coalesce(func.sum(case((over, 0), else_=1)), 0))
    total, running_tasks = conn.execute(counts.where(owned(account_id))).one()
    kept = conn.execute(_JOBS, {"account_id": account_id}).scalar_one()
    usage = Usage(total, int(running_tasks), jobs=kept)
    for scheduling, inventory, count in conn.execute(_RUNNING, {"account_id": account_id}):
        node = _inventory(inventory)
        cores = count * cores_each(node)
        usage.running_instances += count
        usage.running_cores += cores
        sums = [usage.classes.setdefault(scheduling, Running())]
        if scheduling == "reserved":
            sums.append(usage.reserved.setdefault(node.reservation, Running()))
        for one in sums:
            one.instances += count
            one.cores += cores
    return usage


def cores_each(node: Inventory) -> int:
    """The cores that one instance has on a node."""
    return max(1, node.cores // max(1, node.slots))


def memory_each(node: Inventory) -> int:
    """The memory, in MB, that one instance may use on a node."""
    return node.instance_memory_mb or max(1, node.memory_mb // max(1, node.slots))


def _read(conn: Connection, query: Select[Any] | Query, values: dict[str, Any]) -> list[Attempt]:
    if isinstance(query, Query):
        return attempts_in(query.all(conn, **values))
    return attempts_in(conn.execute(query, values).all())


def attempts_in(rows: Iterable[Sequence[Any]]) -> list[Attempt]:
    """The attempts in rows of `COLUMNS` and of the latest sample."""
    # A thousand rows are read for an answer that clients ask for again and again: columns by place, not by name.
    return [
        Attempt(
            instance, number, losses, _PHASE[phase], leased_at, started_at, ended_at,
            _report.decode(report) if report else None, _inventory(inventory), phase_at,
            decoded(latest) if latest else None, revision, refused,
        )
        for (
            instance, number, losses, phase, leased_at, started_at, ended_at, report, inventory, phase_at,
            revision, refused, latest,
        ) in rows
    ]  # fmt: skip


_PHASE = {str(phase): phase for phase in Phase}
