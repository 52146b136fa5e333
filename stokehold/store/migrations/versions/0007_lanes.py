"""What the order of waiting tasks needs: their lane, and how many of their instances nodes hold."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_CLAIMABLE = "ready > 0 AND waits_for = 0 AND (most_running IS NULL OR active < most_running)"


def upgrade() -> None:
    op.add_column(
        "tasks",
        sa.Column("lane", sa.Text, nullable=False, server_default=sa.text("""'[2,"",""]'""")),
    )
    op.add_column("tasks", sa.Column("active", sa.BigInteger, nullable=False, server_default=sa.text("0")))
    op.execute("UPDATE tasks SET active = dispatched + executing + uploading")
    op.drop_index("tasks_waiting", "tasks")
    _partial("tasks_waiting", ["lane", "account_id", "active", "id"], _CLAIMABLE)
    _partial("tasks_active", ["account_id", "scheduling"], "active > 0")


def _partial(name: str, columns: list[str], where: str) -> None:
    op.create_index(name, "tasks", columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def downgrade() -> None:
    raise NotImplementedError("Migrations go forward only: restore the backup.")
