"""What tasks need to belong to jobs, wait, be urgent, end in time, and be snapshotted."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

_ZERO, _EMPTY, _FALSE = sa.text("0"), sa.text("''"), sa.text("false")

_TASKS: list[sa.Column[Any]] = [
    sa.Column("job_id", sa.BigInteger),
    sa.Column("waits_for", sa.BigInteger, nullable=False, server_default=_ZERO),
    sa.Column("scheduling", sa.Text, nullable=False, server_default=sa.text("'flex'")),
    sa.Column("reservation", sa.Text),
    sa.Column("needs", sa.Text, nullable=False, server_default=_EMPTY),
    sa.Column("most_running", sa.BigInteger),
    sa.Column("queue_by", sa.BigInteger),
    sa.Column("completion_ttl_us", sa.BigInteger, nullable=False, server_default=_ZERO),
    sa.Column("forget_at", sa.BigInteger),
    sa.Column("evictable", sa.Boolean, nullable=False, server_default=_FALSE),
    sa.Column("failure", sa.Text),
    sa.Column("snapshot_every_s", sa.Integer, nullable=False, server_default=_ZERO),
    sa.Column("snapshot_at", sa.BigInteger),
    sa.Column("snapshot_config", sa.Text),
    sa.Column("inputs_revision", sa.Integer, nullable=False, server_default=_ZERO),
]
_ATTEMPTS: list[sa.Column[Any]] = [
    sa.Column("preempted", sa.Boolean, nullable=False, server_default=_FALSE),
    sa.Column("inputs_revision", sa.Integer, nullable=False, server_default=_ZERO),
]


def upgrade() -> None:
    for table, columns in (("tasks", _TASKS), ("attempts", _ATTEMPTS)):
        for column in columns:
            op.add_column(table, column)
    op.drop_index("tasks_waiting", "tasks")
    _partial("tasks_waiting", ["id"], "ready > 0 AND waits_for = 0")
    _partial("tasks_job", ["job_id", "id"], "job_id IS NOT NULL")
    for due in ("queue_by", "forget_at", "snapshot_at"):
        _partial(f"tasks_{due}", [due], f"{due} IS NOT NULL")
    _actions()
    _lists()


def _lists() -> None:
    """What lists of tasks are searched by, in the order of its bytes on PostgreSQL too."""
    bytewise = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    op.add_column("tasks", sa.Column("name_head", bytewise, nullable=False, server_default=_EMPTY))
    op.add_column("tags", sa.Column("account_id", sa.BigInteger, nullable=False, server_default=_ZERO))
    op.execute("UPDATE tasks SET name_head = substr(name, 1, 200)")
    op.execute("UPDATE tags SET account_id = (SELECT account_id FROM tasks WHERE tasks.id = tags.task_id)")
    if op.get_bind().dialect.name == "postgresql":
        op.execute('ALTER TABLE tasks ALTER COLUMN state TYPE TEXT COLLATE "C"')
    op.drop_index("tasks_newest", "tasks")
    op.drop_index("tags_tag", "tags")
    created = ["account_id", "created_at", "id", "state", "name_head", "ended_at", "execution_us"]
    op.create_index("tasks_created", "tasks", created)
    op.create_index("tasks_execution", "tasks", ["account_id", "execution_us", "created_at", "id"])
    _partial("tasks_ended", ["account_id", "ended_at", "created_at", "id"], "ended_at IS NOT NULL")
    op.create_index("tasks_state", "tasks", ["account_id", "state", "created_at", "id"])
    op.create_index("tasks_name", "tasks", ["account_id", "name_head", "created_at", "id", "state"])
    op.create_index("tags_tag", "tags", ["account_id", "tag", "task_id"])


def _partial(name: str, columns: list[str], where: str) -> None:
    op.create_index(name, "tasks", columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def _actions() -> None:
    """Made anew: SQLite cannot change what is unique. The numbers that runners have seen are kept."""
    op.drop_index("actions_node", "actions")
    op.rename_table("actions", "actions_before")
    op.create_table(
        "actions",
        sa.Column("id", Id, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("node_id", Id, sa.ForeignKey("nodes.id"), nullable=False),
        sa.Column("attempt_id", Id, sa.ForeignKey("attempts.id", ondelete="CASCADE"), nullable=False),
        sa.Column("data", sa.Text, nullable=False, server_default=_EMPTY),
        sa.UniqueConstraint("attempt_id", "kind", "data"),
        sqlite_autoincrement=True,
    )
    op.execute("INSERT INTO actions (id, kind, node_id, attempt_id) SELECT id, kind, node_id, attempt_id FROM actions_before")
    _carry_on_counting()
    op.drop_table("actions_before")
    op.create_index("actions_node", "actions", ["node_id", "id"])


def _carry_on_counting() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DELETE FROM sqlite_sequence WHERE name = 'actions'")
        op.execute("INSERT INTO sqlite_sequence (name, seq) SELECT 'actions', seq FROM sqlite_sequence WHERE name = 'actions_before'")
    else:
        op.execute(
            "SELECT setval(pg_get_serial_sequence('actions', 'id'), last_value, is_called) FROM actions_id_seq"
        )


def downgrade() -> None:
    raise NotImplementedError("Migrations go forward only: restore the backup.")
