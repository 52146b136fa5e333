"""The tables of the first version."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", Id, primary_key=True),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("token_digest", sa.Text, nullable=False),
        sa.Column("token_sealed", sa.LargeBinary, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.UniqueConstraint("email"),
        sa.UniqueConstraint("token_digest"),
    )
    op.create_table(
        "blobs",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("uses", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "journal",
        sa.Column("seq", Id, primary_key=True),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("task_id", sa.BigInteger, nullable=False),
        sa.Column("instance_id", sa.BigInteger),
        sa.Column("attempt", sa.Integer),
        sa.Column("event", sa.Text, nullable=False),
        sa.Column("data", sa.Text),
    )
    op.create_index("journal_task", "journal", ["task_id", "seq"])
    op.create_table(
        "nodes",
        sa.Column("id", Id, primary_key=True),
        sa.Column("uuid", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("session", sa.Text, nullable=False),
        sa.Column("inventory", sa.Text, nullable=False),
        sa.Column("report_seq", sa.BigInteger, nullable=False),
        sa.Column("seen_at", sa.BigInteger, nullable=False),
        sa.Column("lost", sa.Boolean, nullable=False),
        sa.UniqueConstraint("uuid"),
    )
    op.create_table(
        "buckets",
        sa.Column("id", Id, primary_key=True),
        sa.Column("account_id", Id, sa.ForeignKey("accounts.id"), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("object_count", sa.BigInteger, nullable=False),
        sa.Column("bytes_used", sa.BigInteger, nullable=False),
        sa.UniqueConstraint("account_id", "name"),
    )
    op.create_table(
        "tasks",
        sa.Column("id", Id, primary_key=True),
        sa.Column("uuid", sa.Text, nullable=False),
        sa.Column("account_id", Id, sa.ForeignKey("accounts.id"), nullable=False),
        sa.Column("shortname", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("profile", sa.Text, nullable=False),
        sa.Column("spec", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("previous_state", sa.Text),
        sa.Column("state_at", sa.BigInteger, nullable=False),
        sa.Column("previous_state_at", sa.BigInteger),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("modified_at", sa.BigInteger, nullable=False),
        sa.Column("ended_at", sa.BigInteger),
        sa.Column("cancel_asked", sa.Boolean, nullable=False),
        sa.Column("delete_asked", sa.Boolean, nullable=False),
        sa.Column("total", sa.BigInteger, nullable=False),
        sa.Column("ready", sa.BigInteger, nullable=False),
        sa.Column("dispatched", sa.BigInteger, nullable=False),
        sa.Column("executing", sa.BigInteger, nullable=False),
        sa.Column("uploading", sa.BigInteger, nullable=False),
        sa.Column("succeeded", sa.BigInteger, nullable=False),
        sa.Column("failed", sa.BigInteger, nullable=False),
        sa.Column("cancelled", sa.BigInteger, nullable=False),
        sa.Column("retries_spent", sa.BigInteger, nullable=False),
        sa.Column("results_count", sa.BigInteger, nullable=False),
        sa.Column("download_us", sa.BigInteger, nullable=False),
        sa.Column("environment_us", sa.BigInteger, nullable=False),
        sa.Column("execution_us", sa.BigInteger, nullable=False),
        sa.Column("upload_us", sa.BigInteger, nullable=False),
        sa.Column("ready_range", sa.Text, nullable=False),
        sa.Column("requeued_range", sa.Text, nullable=False),
        sa.Column("started_range", sa.Text, nullable=False),
        sa.Column("succeeded_range", sa.Text, nullable=False),
        sa.Column("failed_range", sa.Text, nullable=False),
        sa.Column("cancelled_range", sa.Text, nullable=False),
        sa.CheckConstraint(
            "ready + dispatched + executing + uploading + succeeded + failed + cancelled = total",
            name="phases_add_up",
        ),
        sa.UniqueConstraint("account_id", "shortname"),
        sa.UniqueConstraint("uuid"),
    )
    op.create_index(
        "tasks_deleted",
        "tasks",
        ["id"],
        sqlite_where=sa.text("delete_asked"),
        postgresql_where=sa.text("delete_asked"),
    )
    op.create_index("tasks_newest", "tasks", ["account_id", "id"])
    op.create_index(
        "tasks_waiting",
        "tasks",
        ["id"],
        sqlite_where=sa.text("ready > 0"),
        postgresql_where=sa.text("ready > 0"),
    )
    op.create_table(
        "attempts",
        sa.Column("id", Id, primary_key=True),
        sa.Column("task_id", Id, sa.ForeignKey("tasks.id", ondelete="CASCADE"), nullable=False),
        sa.Column("instance_id", sa.BigInteger, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("losses", sa.Integer, nullable=False),
        sa.Column("token", sa.Text, nullable=False),
        sa.Column("node_id", Id, sa.ForeignKey("nodes.id"), nullable=False),
        sa.Column("phase", sa.Text, nullable=False),
        sa.Column("leased_at", sa.BigInteger, nullable=False),
        sa.Column("phase_at", sa.BigInteger, nullable=False),
        sa.Column("started_at", sa.BigInteger),
        sa.Column("ended_at", sa.BigInteger),
        sa.Column("stopping", sa.Boolean, nullable=False),
        sa.Column("report", sa.Text),
        sa.UniqueConstraint("task_id", "instance_id", "number"),
    )
    op.create_index(
        "attempts_active",
        "attempts",
        ["task_id", "instance_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(
        "attempts_held",
        "attempts",
        ["node_id", "id"],
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "cursors",
        sa.Column("task_id", Id, sa.ForeignKey("tasks.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("stream", sa.Integer, primary_key=True),
        sa.Column("instance_id", sa.BigInteger, primary_key=True),
        sa.Column("output_id", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "objects",
        sa.Column("id", Id, primary_key=True),
        sa.Column("bucket_id", Id, sa.ForeignKey("buckets.id"), nullable=False),
        sa.Column("key", sa.LargeBinary, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("etag", sa.Text, nullable=False),
        sa.Column("modified_at", sa.BigInteger, nullable=False),
        sa.Column("attributes", sa.Text, nullable=False),
        sa.Column("extents", sa.Text, nullable=False),
        sa.UniqueConstraint("bucket_id", "key"),
    )
    op.create_table(
        "outputs",
        sa.Column("id", Id, primary_key=True),
        sa.Column("task_id", Id, sa.ForeignKey("tasks.id", ondelete="CASCADE"), nullable=False),
        sa.Column("instance_id", sa.BigInteger, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("stream", sa.Integer, nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("data", sa.LargeBinary, nullable=False),
    )
    op.create_index("outputs_instance", "outputs", ["task_id", "instance_id", "stream", "id"])
    op.create_index("outputs_merged", "outputs", ["task_id", "stream", "id"])
    op.create_table(
        "tags",
        sa.Column("task_id", Id, sa.ForeignKey("tasks.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("tag", sa.Text, primary_key=True),
    )
    op.create_index("tags_tag", "tags", ["tag", "task_id"])
    op.create_table(
        "uploads",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("bucket_id", Id, sa.ForeignKey("buckets.id"), nullable=False),
        sa.Column("key", sa.LargeBinary, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("attributes", sa.Text, nullable=False),
        sa.Column("completed_at", sa.BigInteger),
        sa.Column("completed", sa.Text),
    )
    op.create_index("uploads_age", "uploads", ["created_at"])
    op.create_index("uploads_key", "uploads", ["bucket_id", "key", "id"])
    op.create_table(
        "actions",
        sa.Column("id", Id, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("node_id", Id, sa.ForeignKey("nodes.id"), nullable=False),
        sa.Column("attempt_id", Id, sa.ForeignKey("attempts.id", ondelete="CASCADE"), nullable=False),
        sa.UniqueConstraint("attempt_id", "kind"),
        sqlite_autoincrement=True,
    )
    op.create_index("actions_node", "actions", ["node_id", "id"])
    op.create_table(
        "parts",
        sa.Column("upload_id", sa.Text, sa.ForeignKey("uploads.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("blob_id", sa.Text, sa.ForeignKey("blobs.id"), nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("etag", sa.Text, nullable=False),
        sa.Column("checksum", sa.Text),
        sa.Column("modified_at", sa.BigInteger, nullable=False),
    )


def downgrade() -> None:
    raise NotImplementedError("Migrations go forward only: restore the backup.")
