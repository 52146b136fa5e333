"""Jobs, and the dependencies between their tasks."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", Id, primary_key=True),
        sa.Column("uuid", sa.Text, nullable=False, unique=True),
        sa.Column("account_id", Id, sa.ForeignKey("accounts.id"), nullable=False),
        sa.Column("shortname", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("spec", sa.Text, nullable=False),
        sa.Column("use_dependencies", sa.Boolean, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("previous_state", sa.Text),
        sa.Column("state_at", sa.BigInteger, nullable=False),
        sa.Column("previous_state_at", sa.BigInteger),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("modified_at", sa.BigInteger, nullable=False),
        sa.Column("unfinished", sa.BigInteger, sa.CheckConstraint("unfinished >= 0"), nullable=False),
        sa.Column("end_by", sa.BigInteger),
        sa.Column("completion_ttl_us", sa.BigInteger, nullable=False),
        sa.Column("forget_at", sa.BigInteger),
        sa.Column("evictable", sa.Boolean, nullable=False),
        sa.Column("failure", sa.Text),
        sa.UniqueConstraint("account_id", "shortname"),
    )
    op.create_index("jobs_newest", "jobs", ["account_id", "id"])
    for due in ("end_by", "forget_at"):
        _partial(f"jobs_{due}", "jobs", [due], f"{due} IS NOT NULL")
    _partial("jobs_deleted", "jobs", ["id"], "state = 'Deleting'")
    op.create_table(
        "job_tags",
        sa.Column("job_id", Id, sa.ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("tag", sa.Text, primary_key=True),
    )
    op.create_index("job_tags_tag", "job_tags", ["tag", "job_id"])
    op.create_table(
        "job_journal",
        sa.Column("seq", Id, primary_key=True),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("job_id", Id, sa.ForeignKey("jobs.id", ondelete="CASCADE"), nullable=False),
        sa.Column("event", sa.Text, nullable=False),
        sa.Column("data", sa.Text),
    )
    op.create_index("job_journal_job", "job_journal", ["job_id", "seq"])
    op.create_table(
        "dependencies",
        sa.Column("task_id", Id, sa.ForeignKey("tasks.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("position", sa.Integer, primary_key=True),
        sa.Column("upstream_id", sa.BigInteger, nullable=False),
        sa.Column("upstream_uuid", sa.Text, nullable=False),
        sa.Column("ends", sa.Text, nullable=False),
        sa.Column("ended_as", sa.Text),
    )
    _partial("dependencies_waiting", "dependencies", ["upstream_id"], "ended_as IS NULL")


def _partial(name: str, table: str, columns: list[str], where: str) -> None:
    op.create_index(name, table, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def downgrade() -> None:
    raise NotImplementedError("Migrations go forward only: restore the backup.")
