"""Secret constants apart from their tasks, and the account that may force constants."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "task_secrets",
        sa.Column("task_id", Id, sa.ForeignKey("tasks.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
    )
    op.add_column("accounts", sa.Column("operator", sa.Boolean, nullable=False, server_default=sa.text("false")))
    op.execute("UPDATE accounts SET operator = true WHERE email = 'admin@stokehold.local'")


def downgrade() -> None:
    raise NotImplementedError("Migrations go forward only: restore the backup.")
