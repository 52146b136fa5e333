"""The rows of jobs that one batch touches: each read once and written once. Only the journal writes here."""

from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, bindparam, select
from sqlalchemy.exc import IntegrityError

from stokehold.domain.errors import Conflict, Invalid, NotFound, StokeholdError
from stokehold.domain.events import JobEvent, JobOpened, JobTerminateAsked, Submitted
from stokehold.domain.job import NEXT, Course, JobState, react, settled
from stokehold.store.bulk import Bulk, pieces
from stokehold.store.database import wake
from stokehold.store.job_schema import job_journal, job_tags, jobs
from stokehold.store.ledgers import PURGE
from stokehold.store.schema import tasks

JOBS = "jobs"  # topic: the time at which a job is due may have changed


class JobRow(Struct):
    """What events change in a job, and what decides about it."""

    id: int
    uuid: str
    shortname: str
    use_dependencies: bool
    state: str
    previous_state: str | None
    state_at: int
    previous_state_at: int | None
    modified_at: int
    unfinished: int
    end_by: int | None
    completion_ttl_us: int
    forget_at: int | None
    failure: str | None


_ROWS = select(*(jobs.c[name] for name in JobRow.__struct_fields__)).where(
    jobs.c.id.in_(bindparam("keys", expanding=True))
)
_KEPT = (
    "shortname", "state", "previous_state", "state_at", "previous_state_at", "modified_at", "unfinished",
    "end_by", "forget_at", "failure",
)  # fmt: skip
_WRITE = Bulk(
    jobs.update()
    .where(jobs.c.id == bindparam("key"))
    .values({name: bindparam(f"new_{name}", type_=jobs.c[name].type) for name in _KEPT})
)
_APPEND = Bulk(job_journal.insert(), ["at", "job_id", "event", "data"])
_OF_JOB = select(tasks.c.id).where(tasks.c.job_id == bindparam("job_id"), tasks.c.delete_asked.is_(False))
_GOING_ON = _OF_JOB.where(tasks.c.ended_at.is_(None), tasks.c.cancel_asked.is_(False))


class JobRows:
    """The jobs that one batch touches."""

    def __init__(self, conn: Connection, at: int) -> None:
        self.conn, self.at = conn, at
        self._open: dict[int, JobRow] = {}
        self._lines: list[dict[str, Any]] = []

    def insert(self, event: JobOpened) -> None:
        """A new job. Raises Conflict, which must undo the whole write, when the shortname is in use."""
        row = {
            "uuid": event.uuid, "account_id": event.account_id, "shortname": event.shortname,
            "name": event.name, "spec": event.spec, "use_dependencies": event.use_dependencies,
            "state": JobState.ACTIVE.value, "state_at": self.at, "created_at": self.at, "modified_at": self.at,
            "unfinished": 0, "end_by": self.at + event.max_wall_us if event.max_wall_us else None,
            "completion_ttl_us": event.completion_ttl_us, "evictable": event.evictable,
        }  # fmt: skip
        try:
            job_id: int = self.conn.execute(jobs.insert().returning(jobs.c.id), row).scalar_one()
        except IntegrityError as error:
            raise Conflict(f"shortname: {event.shortname!r} is used by another job") from error
        tags = [{"job_id": job_id, "tag": tag} for tag in dict.fromkeys(event.tags)]
        if tags:
            self.conn.execute(job_tags.insert(), tags)
        self._append(job_id, JobState.ACTIVE)
        wake(self.conn, JOBS)

    def load(self, job_ids: Iterable[int]) -> None:
        """Open many at once."""
        for keys in pieces(sorted({key for key in job_ids if key not in self._open})):
            for row in self.conn.execute(_ROWS, {"keys": keys}):
                self._open[row.id] = JobRow(*row)

    def open(self, job_id: int) -> JobRow:
        """Raises NotFound."""
        self.load([job_id])
        if job_id not in self._open:
            raise NotFound("No such job.")
        return self._open[job_id]

    def refusals(self, new: Iterable[tuple[int, Submitted]]) -> dict[int, StokeholdError]:
        """Why new tasks, given with their ids, may not enter their jobs; for those that may not."""
        refused: dict[int, StokeholdError] = {}
        for task_id, event in new:
            job = self.open(event.job_id or 0)
            if job.state != JobState.ACTIVE:
                refused[task_id] = Invalid(
                    "jobUuid", f"the job {job.uuid} takes no more tasks: it is {job.state}"
                )
        return refused

    def join(self, events: Iterable[Submitted]) -> None:
        """More tasks go on in jobs."""
        for event in events:
            self.open(event.job_id or 0).unfinished += 1

    def leave(self, job_id: int) -> None:
        """One task of a job has ended."""
        self.open(job_id).unfinished -= 1

    def ask(self, event: JobEvent) -> tuple[Course, list[int]]:
        """Move a job as it is asked; the tasks that are to be asked the like. Raises NotFound, Forbidden."""
        job = self.open(event.job_id)
        course = react(JobState(job.state), job.unfinished, event)
        asked = event if isinstance(event, JobTerminateAsked) else None
        for state in course.states:
            self._move(job, state, asked.reason if asked else None)
            if asked and asked.failure:
                job.failure = msgspec.json.encode(asked.failure).decode()
        query = _GOING_ON if course.cancels else _OF_JOB
        concerned = course.cancels or course.deletes
        found = self.conn.execute(query, {"job_id": job.id}).scalars() if concerned else ()
        return course, list(found)

    def write(self) -> None:
        """Complete the jobs whose last task has ended, and write what has changed."""
        for job in self._open.values():
            after = settled(JobState(job.state), job.unfinished)
            if after is not None:
                self._move(job, after)
        rows = [self._values(job) for job in self._open.values()]
        _WRITE.execute(self.conn, rows)
        _APPEND.execute(self.conn, self._lines)

    def _move(self, job: JobRow, to: JobState, reason: str | None = None) -> None:
        assert to in NEXT[JobState(job.state)]
        job.previous_state, job.previous_state_at = job.state, job.state_at
        job.state, job.state_at, job.modified_at = to.value, self.at, self.at
        job.end_by = job.forget_at = None
        if to is JobState.COMPLETED and job.completion_ttl_us:
            job.forget_at = self.at + job.completion_ttl_us
            wake(self.conn, JOBS)
        elif to is JobState.DELETING:
            job.shortname = f"{job.uuid}~"  # free again at once: what it has now, no user can choose
            wake(self.conn, PURGE)
        self._append(job.id, to, reason)

    def _append(self, job_id: int, state: JobState, reason: str | None = None) -> None:
        data = msgspec.json.encode({"reason": reason}).decode() if reason else None
        self._lines.append({"at": self.at, "job_id": job_id, "event": state.value, "data": data})

    def _values(self, job: JobRow) -> dict[str, Any]:
        return {"key": job.id, **{f"new_{name}": getattr(job, name) for name in _KEPT}}
