"""Snapshots of running tasks, refreshed inputs, and results that replaced those of other instances."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

_ZERO = sa.text("0")


def _counter(name: str) -> tuple[sa.Column[Any], sa.CheckConstraint]:
    return sa.Column(name, sa.BigInteger, nullable=False), sa.CheckConstraint(f"{name} >= 0")


def _cascade(name: str, target: str, *, key: bool = True) -> sa.Column[Any]:
    return sa.Column(name, Id, sa.ForeignKey(target, ondelete="CASCADE"), primary_key=key, nullable=False)


def upgrade() -> None:
    for name in ("snapshots_made", "snapshots_open", "result_conflicts"):
        op.add_column("tasks", sa.Column(name, sa.BigInteger, nullable=False, server_default=_ZERO))
    op.add_column("attempts", sa.Column("inputs_failure", sa.Text))
    op.create_table(
        "snapshots",
        sa.Column("id", Id, primary_key=True),
        sa.Column("name", sa.Text, nullable=False, unique=True),
        _cascade("task_id", "tasks.id", key=False),
        sa.Column("periodic", sa.Boolean, nullable=False),
        sa.Column("config", sa.Text, nullable=False),
        sa.Column("triggered_at", sa.BigInteger, nullable=False),
        sa.Column("updated_at", sa.BigInteger),
        *_counter("waiting"),
        *_counter("saving"),
        *_counter("saved"),
        *_counter("failed"),
        sa.Column("size", sa.BigInteger),
        sa.Column("sent", sa.BigInteger),
        *_counter("files"),
        *_counter("files_left"),
        sa.Column("results", sa.Text),
        sa.Column("failure", sa.Text),
    )
    op.create_index("snapshots_task", "snapshots", ["task_id", "id"])
    op.create_table(
        "snapshot_parts",
        _cascade("attempt_id", "attempts.id"),
        _cascade("snapshot_id", "snapshots.id"),
        sa.Column("state", sa.Text, nullable=False),
        *_counter("size"),
        *_counter("sent"),
    )
    op.create_index("snapshot_parts_snapshot", "snapshot_parts", ["snapshot_id"])
    op.create_table(
        "result_conflicts",
        _cascade("task_id", "tasks.id"),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("replaced", sa.BigInteger, nullable=False),
        sa.Column("kept", sa.BigInteger, nullable=False),
        *_counter("times"),
    )


def downgrade() -> None:
    raise NotImplementedError("Migrations go forward only: restore the backup.")
