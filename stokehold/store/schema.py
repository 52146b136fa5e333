"""The tables. What must never be stored is refused here, by the database itself."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)

metadata = MetaData()

Id = BigInteger().with_variant(Integer, "sqlite")  # SQLite makes row ids of INTEGER columns only
Moment = BigInteger  # microseconds since 1970, UTC
Bytewise = Text().with_variant(Text(collation="C"), "postgresql")  # in the order of its bytes, as SQLite's

NAME_HEAD = 200  # characters of a name that indexes hold: PostgreSQL bounds the size of what they hold
LABEL_KEY = 200  # characters of the longest key of a label that has a row: the same bound


def counter(name: str) -> Column[int]:
    return Column(name, BigInteger, CheckConstraint(f"{name} >= 0"), nullable=False, default=0)


def ranges(name: str) -> Column[str]:
    return Column(name, Text, nullable=False, default="")


accounts = Table(
    "accounts",
    metadata,
    Column("id", Id, primary_key=True),
    Column("email", Text, nullable=False, unique=True),
    Column("token_digest", Text, nullable=False, unique=True),  # SHA-256, to find the account of a token
    Column("token_sealed", LargeBinary, nullable=False),  # AES-GCM, because S3 signatures need it in clear
    Column("created_at", Moment, nullable=False),
    Column("operator", Boolean, nullable=False, server_default=text("false")),  # may force constants
)

tasks = Table(
    "tasks",
    metadata,
    Column("id", Id, primary_key=True),
    Column("uuid", Text, nullable=False, unique=True),
    Column("account_id", ForeignKey("accounts.id"), nullable=False),
    Column("shortname", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column(
        "name_head", Bytewise, nullable=False, server_default=text("''")
    ),  # its first NAME_HEAD characters
    Column("profile", Text, nullable=False),
    Column("spec", Text, nullable=False),  # domain.task.Spec as JSON, immutable but for tags and constants
    Column("state", Bytewise, nullable=False),
    Column("previous_state", Text),
    Column("state_at", Moment, nullable=False),
    Column("previous_state_at", Moment),
    Column("created_at", Moment, nullable=False),
    Column("modified_at", Moment, nullable=False),
    Column("ended_at", Moment),
    Column("cancel_asked", Boolean, nullable=False, default=False),
    Column("delete_asked", Boolean, nullable=False, default=False),
    Column("total", BigInteger, nullable=False),
    counter("ready"),
    counter("dispatched"),
    counter("executing"),
    counter("uploading"),
    counter("succeeded"),
    counter("failed"),
    counter("cancelled"),
    counter("retries_spent"),
    counter("results_count"),
    counter("download_us"),
    counter("environment_us"),
    counter("execution_us"),
    counter("upload_us"),
    ranges("ready_range"),  # ids that nobody holds: the whole task at first
    ranges("requeued_range"),  # the part of ready_range that was tried before
    ranges("started_range"),
    ranges("succeeded_range"),
    ranges("failed_range"),
    ranges("cancelled_range"),
    Column("job_id", BigInteger),  # of jobs
    Column("waits_for", BigInteger, nullable=False, server_default=text("0")),  # upstream tasks that go on
    Column("scheduling", Text, nullable=False, server_default=text("'flex'")),
    Column("reservation", Text),  # the key or name of the machines that a reserved task runs on
    Column("needs", Text, nullable=False, server_default=text("''")),  # hardware constraints as JSON
    Column("most_running", BigInteger),  # instances at once, as its owner limits them
    Column("lane", Text, nullable=False, server_default=text("""'[2,"",""]'""")),  # domain.lane.Lane as JSON
    Column("active", BigInteger, nullable=False, server_default=text("0")),  # instances that nodes hold
    Column("queue_by", Moment),  # a task that has begun nothing by then ends
    Column("completion_ttl_us", BigInteger, nullable=False, server_default=text("0")),  # 0: kept
    Column("forget_at", Moment),  # an ended task is deleted then
    Column("evictable", Boolean, nullable=False, server_default=text("false")),
    Column("failure", Text),  # domain.errors.Failure as JSON: why the task as a whole ended
    Column("snapshot_every_s", Integer, nullable=False, server_default=text("0")),
    Column("snapshot_at", Moment),  # the next periodic snapshot
    Column("snapshot_config", Text),  # of the periodic ones, as JSON
    Column("inputs_revision", Integer, nullable=False, server_default=text("0")),  # grows with each refresh
    Column("snapshots_made", BigInteger, nullable=False, server_default=text("0")),
    Column("snapshots_open", BigInteger, nullable=False, server_default=text("0")),  # those that go on
    Column(
        "result_conflicts", BigInteger, nullable=False, server_default=text("0")
    ),  # results that replaced others
    UniqueConstraint("account_id", "shortname"),
    CheckConstraint(
        "ready + dispatched + executing + uploading + succeeded + failed + cancelled = total",
        name="phases_add_up",
    ),
)
# Lists: what is searched most is found in this one alone, in the order of lists; bench/listing.py.
Index(
    "tasks_created",
    tasks.c.account_id,
    tasks.c.created_at,
    tasks.c.id,
    tasks.c.state,
    tasks.c.name_head,
    tasks.c.ended_at,
    tasks.c.execution_us,
)
Index("tasks_execution", tasks.c.account_id, tasks.c.execution_us, tasks.c.created_at, tasks.c.id)
_OVER = tasks.c.ended_at.is_not(None)
Index(
    "tasks_ended",
    tasks.c.account_id,
    tasks.c.ended_at,
    tasks.c.created_at,
    tasks.c.id,
    sqlite_where=_OVER,
    postgresql_where=_OVER,
)
Index("tasks_state", tasks.c.account_id, tasks.c.state, tasks.c.created_at, tasks.c.id)
Index("tasks_name", tasks.c.account_id, tasks.c.name_head, tasks.c.created_at, tasks.c.id, tasks.c.state)
#: Names of which `name_head` may be a part; written out in queries, as only then the index of the few is used.
LONG_NAMED = text(f"length(name_head) = {NAME_HEAD}")
Index("tasks_long_named", tasks.c.account_id, sqlite_where=LONG_NAMED, postgresql_where=LONG_NAMED)
CLAIMABLE = text("ready > 0 AND waits_for = 0 AND (most_running IS NULL OR active < most_running)")
Index(
    "tasks_waiting",
    tasks.c.lane,
    tasks.c.account_id,
    tasks.c.active,
    tasks.c.id,
    sqlite_where=CLAIMABLE,
    postgresql_where=CLAIMABLE,
)
HELD = text("active > 0")
Index("tasks_active", tasks.c.account_id, tasks.c.scheduling, sqlite_where=HELD, postgresql_where=HELD)
Index("tasks_deleted", tasks.c.id, sqlite_where=tasks.c.delete_asked, postgresql_where=tasks.c.delete_asked)
Index(
    "tasks_job",
    tasks.c.job_id,
    tasks.c.id,
    sqlite_where=tasks.c.job_id.is_not(None),
    postgresql_where=tasks.c.job_id.is_not(None),
)
for _due in (tasks.c.queue_by, tasks.c.forget_at, tasks.c.snapshot_at):
    Index(f"tasks_{_due.name}", _due, sqlite_where=_due.is_not(None), postgresql_where=_due.is_not(None))

tags = Table(
    "tags",
    metadata,
    Column("task_id", ForeignKey("tasks.id", ondelete="CASCADE"), primary_key=True),
    Column("tag", Text, primary_key=True),
    Column("account_id", BigInteger, nullable=False, server_default=text("0")),  # of the task
)
Index("tags_tag", tags.c.account_id, tags.c.tag, tags.c.task_id)

# What searches need of labels; whole, and those with a longer key, they are in the submission.
labels = Table(
    "labels",
    metadata,
    Column("task_id", ForeignKey("tasks.id", ondelete="CASCADE"), primary_key=True),
    Column("key", Text, primary_key=True),
    Column("value_head", Bytewise, nullable=False),  # its first NAME_HEAD characters
    Column("account_id", BigInteger, nullable=False),  # of the task
    sqlite_with_rowid=False,
)
Index("labels_value", labels.c.account_id, labels.c.key, labels.c.value_head, labels.c.task_id)

nodes = Table(
    "nodes",
    metadata,
    Column("id", Id, primary_key=True),
    Column("uuid", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("session", Text, nullable=False),  # changes with each start of the runner
    Column("inventory", Text, nullable=False),  # domain.protocol.Inventory as JSON
    Column("report_seq", BigInteger, nullable=False, default=0),  # the last report taken in this session
    Column("seen_at", Moment, nullable=False),
    Column("lost", Boolean, nullable=False, default=False),
)

attempts = Table(
    "attempts",
    metadata,
    Column("id", Id, primary_key=True),
    Column("task_id", ForeignKey("tasks.id", ondelete="CASCADE"), nullable=False),
    Column("instance_id", BigInteger, nullable=False),
    Column("number", Integer, nullable=False),
    Column("failures", Integer, nullable=False, default=0),  # earlier attempts that the program failed
    Column("losses", Integer, nullable=False, default=0),  # earlier attempts that we lost
    Column("token", Text, nullable=False),
    Column("node_id", ForeignKey("nodes.id"), nullable=False),
    Column("phase", Text, nullable=False),
    Column("leased_at", Moment, nullable=False),
    Column("phase_at", Moment, nullable=False),
    Column("started_at", Moment),
    Column("ended_at", Moment),
    Column("stopping", Boolean, nullable=False, default=False),
    Column("report", Text),  # domain.protocol.Ended as JSON
    Column("preempted", Boolean, nullable=False, server_default=text("false")),  # for a more urgent task
    Column("inputs_revision", Integer, nullable=False, server_default=text("0")),  # of the inputs that it has
    Column("inputs_failure", Text),  # why it does not have newer ones
    UniqueConstraint("task_id", "instance_id", "number"),
)
Index(
    "attempts_held",
    attempts.c.node_id,
    attempts.c.id,
    sqlite_where=attempts.c.ended_at.is_(None),
    postgresql_where=attempts.c.ended_at.is_(None),
)
Index(
    "attempts_active",
    attempts.c.task_id,
    attempts.c.instance_id,
    unique=True,  # two runners never hold one instance
    sqlite_where=attempts.c.ended_at.is_(None),
    postgresql_where=attempts.c.ended_at.is_(None),
)

journal = Table(
    "journal",
    metadata,
    Column("seq", Id, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("task_id", BigInteger, nullable=False),
    Column("instance_id", BigInteger),
    Column("attempt", Integer),
    Column("event", Text, nullable=False),
    Column("data", Text),
)
Index("journal_task", journal.c.task_id, journal.c.seq)

outputs = Table(
    "outputs",
    metadata,
    Column("id", Id, primary_key=True),  # the order of arrival
    Column("task_id", ForeignKey("tasks.id", ondelete="CASCADE"), nullable=False),
    Column("instance_id", BigInteger, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("stream", Integer, nullable=False),  # 1 stdout, 2 stderr
    Column("position", BigInteger, nullable=False),  # bytes of this attempt's stream before this piece
    Column("data", LargeBinary, nullable=False),
)
Index("outputs_merged", outputs.c.task_id, outputs.c.stream, outputs.c.id)
Index("outputs_instance", outputs.c.task_id, outputs.c.instance_id, outputs.c.stream, outputs.c.id)

cursors = Table(
    "cursors",
    metadata,
    Column("task_id", ForeignKey("tasks.id", ondelete="CASCADE"), primary_key=True),
    Column("stream", Integer, primary_key=True),
    Column("instance_id", BigInteger, primary_key=True),  # -1: the merged stream
    Column("output_id", BigInteger, nullable=False),
)

actions = Table(
    "actions",
    metadata,
    Column("id", Id, primary_key=True),
    Column("kind", Text, nullable=False),  # stop, snapshot, refresh
    Column("node_id", ForeignKey("nodes.id"), nullable=False),
    Column("attempt_id", ForeignKey("attempts.id", ondelete="CASCADE"), nullable=False),
    Column(
        "data", Text, nullable=False, server_default=text("''")
    ),  # which one: of the kinds that come again
    UniqueConstraint("attempt_id", "kind", "data"),  # in this order it also serves the cascade
    sqlite_autoincrement=True,  # runners remember the last id they saw: none may come again
)
Index("actions_node", actions.c.node_id, actions.c.id)
