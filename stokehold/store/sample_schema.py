"""The tables of what running instances use of their nodes."""

from sqlalchemy import BigInteger, Column, Float, ForeignKey, Index, Integer, Table, Text

from stokehold.store.schema import Id, Moment, metadata

samples = Table(
    "samples",
    metadata,
    Column(
        "attempt_id", ForeignKey("attempts.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    ),
    Column("latest", Text, nullable=False),  # domain.protocol.Sample as JSON, without its token
    Column("at", Moment, nullable=False),
    Column("ticks", BigInteger, nullable=False),  # samples so far
    Column("stride", BigInteger, nullable=False),  # of so many samples one is kept as a point
)

points = Table(
    "points",
    metadata,
    Column("id", Id, primary_key=True),  # the order of arrival
    Column("task_id", ForeignKey("tasks.id", ondelete="CASCADE"), nullable=False),
    Column("instance_id", BigInteger, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("tick", BigInteger, nullable=False),
    Column("at", Moment, nullable=False),
    Column("cores", Float, nullable=False),  # that were busy
    Column("memory_mb", Float, nullable=False),
    Column("in_kbps", Float, nullable=False),
    Column("out_kbps", Float, nullable=False),
    Column("ghz", Float, nullable=False),
    Column("progress", Float, nullable=False),  # percent
)
Index("points_instance", points.c.task_id, points.c.instance_id, points.c.attempt, points.c.tick)
