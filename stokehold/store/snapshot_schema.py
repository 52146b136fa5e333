"""The tables of snapshots, and of results that replaced those of other instances."""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Table, Text

from stokehold.store.schema import Id, Moment, counter, metadata

snapshots = Table(
    "snapshots",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", Text, nullable=False, unique=True),  # snap_<uuid of the task>_<moment>
    Column("task_id", ForeignKey("tasks.id", ondelete="CASCADE"), nullable=False),
    Column("periodic", Boolean, nullable=False),
    Column("config", Text, nullable=False),  # domain.snapshot.Config as JSON
    Column("triggered_at", Moment, nullable=False),
    Column("updated_at", Moment),
    counter("waiting"),  # instances, by the state of their part
    counter("saving"),
    counter("saved"),
    counter("failed"),
    Column("size", BigInteger),  # bytes to store, as far as instances have told
    Column("sent", BigInteger),
    counter("files"),
    counter("files_left"),
    Column("results", Text),  # some of the keys, as JSON
    Column("failure", Text),  # the first reason
)
Index("snapshots_task", snapshots.c.task_id, snapshots.c.id)

snapshot_parts = Table(
    "snapshot_parts",
    metadata,
    # The part of one attempt, for as long as it goes on.
    Column("attempt_id", ForeignKey("attempts.id", ondelete="CASCADE"), primary_key=True),
    Column("snapshot_id", ForeignKey("snapshots.id", ondelete="CASCADE"), primary_key=True),
    Column("state", Text, nullable=False),
    counter("size"),
    counter("sent"),
)
Index("snapshot_parts_snapshot", snapshot_parts.c.snapshot_id)

result_conflicts = Table(
    "result_conflicts",
    metadata,
    Column("task_id", ForeignKey("tasks.id", ondelete="CASCADE"), primary_key=True),
    Column("key", Text, primary_key=True),
    Column("replaced", BigInteger, nullable=False),  # the instance whose file is gone
    Column("kept", BigInteger, nullable=False),  # the instance whose file is there
    counter("times"),
)
