"""Jobs as they are read: one, pages of them, and those that are due."""

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, and_, bindparam, func, select

from stokehold.domain.errors import Failure, Faults
from stokehold.domain.events import JobDeleteAsked, JobEvent, JobTerminateAsked
from stokehold.domain.job import JobSpec, JobState
from stokehold.domain.moments import timespan_text
from stokehold.store.job_rows import JOBS
from stokehold.store.job_schema import jobs
from stokehold.store.schema import tasks

__all__ = ["JOBS", "Job", "count", "due", "evict", "find", "next_due", "owned", "page", "result_buckets"]

DUE_AT_ONCE = 100  # jobs of one look

_spec = msgspec.json.Decoder(JobSpec)
_failure = msgspec.json.Decoder(Failure)


class Job(Struct):
    """One row of `jobs`. Moments are microseconds."""

    id: int
    uuid: str
    shortname: str
    name: str
    spec: str
    use_dependencies: bool
    state: str
    previous_state: str | None
    state_at: int
    previous_state_at: int | None
    created_at: int
    modified_at: int
    unfinished: int
    failure: str | None

    @property
    def submission(self) -> JobSpec:
        return _spec.decode(self.spec)

    @property
    def reason(self) -> Failure | None:
        """Why it was terminated, when nobody asked for it."""
        return _failure.decode(self.failure) if self.failure else None


_JOB = select(*(jobs.c[name] for name in Job.__struct_fields__))
_MINE = _JOB.where(jobs.c.account_id == bindparam("account_id"))
_BY_SHORTNAME = _MINE.where(jobs.c.shortname == bindparam("key"))
_BY_UUID = _MINE.where(jobs.c.uuid == bindparam("key"))


def find(conn: Connection, account_id: int, key: str) -> Job | None:
    """The account's job with this shortname or UUID."""
    row = conn.execute(_BY_SHORTNAME, {"account_id": account_id, "key": key}).first()
    if row is None:
        row = conn.execute(_BY_UUID, {"account_id": account_id, "key": key.lower()}).first()
    return Job(*row) if row else None


def owned(account_id: int) -> ColumnElement[bool]:
    """The jobs of an account."""
    return jobs.c.account_id == account_id


def page(
    conn: Connection, where: ColumnElement[bool], limit: int, order: Sequence[ColumnElement[Any]] = ()
) -> list[Job]:
    """Up to `limit` jobs; the newest first unless `order` says otherwise."""
    query = _JOB.where(where).order_by(*(order or [jobs.c.id.desc()])).limit(limit)
    return [Job(*row) for row in conn.execute(query)]


def count(conn: Connection, where: ColumnElement[bool]) -> int:
    return conn.execute(select(func.count()).select_from(jobs).where(where)).scalar_one()


def existing(account_id: int) -> ColumnElement[bool]:
    """The jobs of an account that count: those that are being forgotten do not."""
    return and_(owned(account_id), jobs.c.state != JobState.DELETING.value)


def tasks_of(job: Job) -> ColumnElement[bool]:
    """The tasks of a job."""
    return tasks.c.job_id == job.id


def evict(conn: Connection, account_id: int) -> JobDeleteAsked | None:
    """What makes room for another job: the deletion of the oldest one that is completed and may go."""
    query = select(jobs.c.id).where(
        owned(account_id), jobs.c.evictable, jobs.c.state == JobState.COMPLETED.value
    )
    job_id = conn.execute(query.order_by(jobs.c.id).limit(1)).scalar()
    return None if job_id is None else JobDeleteAsked(job_id)


def due(conn: Connection, now: int) -> list[JobEvent]:
    """What time asks of jobs: a piece of it, the longest due first."""
    late = select(jobs.c.id, jobs.c.spec).where(jobs.c.end_by <= now).order_by(jobs.c.end_by)
    old = select(jobs.c.id).where(jobs.c.forget_at <= now).order_by(jobs.c.forget_at)
    events: list[JobEvent] = [_timed_out(*row) for row in conn.execute(late.limit(DUE_AT_ONCE))]
    return [*events, *map(JobDeleteAsked, conn.execute(old.limit(DUE_AT_ONCE)).scalars())]


def next_due(conn: Connection) -> int | None:
    """The first moment at which something is due; None: nothing is."""
    moments = [
        conn.execute(select(column).where(column.is_not(None)).order_by(column).limit(1)).scalar()
        for column in (jobs.c.end_by, jobs.c.forget_at)
    ]
    return min((moment for moment in moments if moment is not None), default=None)


def _timed_out(job_id: int, spec: str) -> JobTerminateAsked:
    limit = timespan_text(_spec.decode(spec).max_wall_us)
    failure = Failure.of(Faults.JOB_TIMED_OUT, limit=limit)
    return JobTerminateAsked(job_id, f"its job reached its maximum wall time of {limit}", failure)


def result_buckets(conn: Connection, job_id: int, names: Sequence[str]) -> set[str]:
    """The result buckets of the tasks of a job that `names` name."""
    among = (tasks.c.uuid.in_([name.lower() for name in names])) | tasks.c.shortname.in_(names)
    rows = conn.execute(select(tasks.c.spec).where(tasks.c.job_id == job_id, among)).scalars()
    specs = (msgspec.json.decode(spec, type=_Results) for spec in rows)
    return {spec.result_bucket for spec in specs if spec.result_bucket}


class _Results(Struct, rename="camel"):
    result_bucket: str | None = None
