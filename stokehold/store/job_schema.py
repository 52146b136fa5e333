"""The tables of jobs, and of what their tasks wait for."""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, Table, Text, UniqueConstraint

from stokehold.store.schema import Id, Moment, counter, metadata

jobs = Table(
    "jobs",
    metadata,
    Column("id", Id, primary_key=True),
    Column("uuid", Text, nullable=False, unique=True),
    Column("account_id", ForeignKey("accounts.id"), nullable=False),
    Column("shortname", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("spec", Text, nullable=False),  # domain.job.JobSpec as JSON, immutable
    Column("use_dependencies", Boolean, nullable=False),
    Column("state", Text, nullable=False),
    Column("previous_state", Text),
    Column("state_at", Moment, nullable=False),
    Column("previous_state_at", Moment),
    Column("created_at", Moment, nullable=False),
    Column("modified_at", Moment, nullable=False),
    counter("unfinished"),  # tasks that have not ended
    Column("end_by", Moment),  # an active job is terminated then
    Column("completion_ttl_us", BigInteger, nullable=False),  # 0: kept
    Column("forget_at", Moment),  # a completed job is deleted then
    Column("evictable", Boolean, nullable=False),
    Column("failure", Text),  # domain.errors.Failure as JSON: why it was terminated, when nobody asked
    UniqueConstraint("account_id", "shortname"),
)
Index("jobs_newest", jobs.c.account_id, jobs.c.id)
for _due in (jobs.c.end_by, jobs.c.forget_at):
    Index(f"jobs_{_due.name}", _due, sqlite_where=_due.is_not(None), postgresql_where=_due.is_not(None))
_DELETED = jobs.c.state == "Deleting"
Index("jobs_deleted", jobs.c.id, sqlite_where=_DELETED, postgresql_where=_DELETED)

job_tags = Table(
    "job_tags",
    metadata,
    Column("job_id", ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True),
    Column("tag", Text, primary_key=True),
)
Index("job_tags_tag", job_tags.c.tag, job_tags.c.job_id)

job_journal = Table(
    "job_journal",
    metadata,
    Column("seq", Id, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("job_id", ForeignKey("jobs.id", ondelete="CASCADE"), nullable=False),
    Column("event", Text, nullable=False),  # the state that it came to
    Column("data", Text),  # why, when it was not simply asked
)
Index("job_journal_job", job_journal.c.job_id, job_journal.c.seq)

dependencies = Table(
    "dependencies",
    metadata,
    Column("task_id", ForeignKey("tasks.id", ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, primary_key=True),  # in the submission
    Column("upstream_id", BigInteger, nullable=False),  # of tasks; it may be gone once it has ended
    Column("upstream_uuid", Text, nullable=False),
    Column("ends", Text, nullable=False),  # the final states that are waited for, with commas; empty: any
    Column("ended_as", Text),  # the final state of the upstream, from the moment it has one
)
_WAITING = dependencies.c.ended_as.is_(None)
Index(
    "dependencies_waiting",
    dependencies.c.upstream_id,
    sqlite_where=_WAITING,
    postgresql_where=_WAITING,
)
