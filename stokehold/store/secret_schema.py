"""The table of secret constants. Submissions hold `[SECRET]` in their places."""

from sqlalchemy import Column, ForeignKey, LargeBinary, Table, Text

from stokehold.store.schema import metadata

task_secrets = Table(
    "task_secrets",
    metadata,
    Column("task_id", ForeignKey("tasks.id", ondelete="CASCADE"), primary_key=True),
    Column("key", Text, primary_key=True),  # the constant's; of a forced one, after domain.secret.FORCED
    Column("sealed", LargeBinary, nullable=False),  # AES-GCM, bound to the task's UUID and the key
)
