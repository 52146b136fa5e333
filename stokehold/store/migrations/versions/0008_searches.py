"""What searches need: labels as rows, and which names are longer than what indexes hold of them."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_Bytewise = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_EACH = {"sqlite": "json_each(spec, '$.labels')", "postgresql": "jsonb_each_text(spec::jsonb -> 'labels')"}


def upgrade() -> None:
    op.create_table(
        "labels",
        sa.Column("task_id", _Id, sa.ForeignKey("tasks.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("value_head", _Bytewise, nullable=False),
        sa.Column("account_id", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    each = _EACH[op.get_bind().dialect.name]
    op.execute(
        "INSERT INTO labels (task_id, key, value_head, account_id) "
        "SELECT tasks.id, label.key, substr(label.value, 1, 200), tasks.account_id "
        f"FROM tasks, {each} AS label WHERE length(label.key) <= 200"
    )
    op.create_index("labels_value", "labels", ["account_id", "key", "value_head", "task_id"])
    long_named = sa.text("length(name_head) = 200")
    op.create_index(
        "tasks_long_named", "tasks", ["account_id"], sqlite_where=long_named, postgresql_where=long_named
    )


def downgrade() -> None:
    raise NotImplementedError("Migrations go forward only: restore the backup.")
