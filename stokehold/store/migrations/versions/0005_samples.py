"""What running instances use of their nodes."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MEASURES = ("cores", "memory_mb", "in_kbps", "out_kbps", "ghz", "progress")


def upgrade() -> None:
    op.create_table(
        "samples",
        sa.Column(
            "attempt_id",
            _Id,
            sa.ForeignKey("attempts.id", ondelete="CASCADE"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("latest", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("ticks", sa.BigInteger(), nullable=False),
        sa.Column("stride", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "points",
        sa.Column("id", _Id, primary_key=True),
        sa.Column("task_id", _Id, sa.ForeignKey("tasks.id", ondelete="CASCADE"), nullable=False),
        sa.Column("instance_id", sa.BigInteger(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("tick", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        *(sa.Column(name, sa.Float(), nullable=False) for name in _MEASURES),
    )
    op.create_index("points_instance", "points", ["task_id", "instance_id", "attempt", "tick"])


def downgrade() -> None:
    raise NotImplementedError("Migrations go forward only: restore the backup.")
