"""What the server tells, as types. Fields that a server leaves out have a value that means nothing."""

from datetime import datetime
from typing import Any

from msgspec import Struct, field

from stokehold.client import looks
from stokehold.client.spans import Spans

FINAL = frozenset({"Success", "Failure", "Cancelled"})
GONE = frozenset({"PendingDelete", "Deleted"})


class Fact(Struct, rename="camel", kw_only=True):
    """A piece of an answer."""


class Error(Fact):
    """Why a task or an instance failed. Codes are stable: docs/reference/errors.md."""

    code: str = ""
    message: str = ""
    debug: str | None = None
    advice: str | None = None

    def __str__(self) -> str:
        return f"{self.code} {self.message}".strip()


class Running(Fact):
    """An instance that a node has. `phase`: download, environment, execution, upload, …"""

    instance_id: int
    phase: str = ""
    progress: float = 0
    cpu_usage: float = 0
    current_memory_mb: float = field(name="currentMemoryMB", default=0)
    execution_time_sec: float = 0
    core_count: int = 0


class RunningInstances(Fact):
    """Everything that runs now."""

    per_running_instance_info: list[Running] = []
    average_cpu_usage: float = 0
    average_memory_usage: float = 0


class Status(Fact):
    """How far a task is. Progress is in percent; ranges are sets of instance ids as text."""

    download_progress: float = 0
    execution_progress: float = 0
    upload_progress: float = 0
    download_time_sec: float = 0
    environment_time_sec: float = 0
    execution_time_sec: float = 0
    upload_time_sec: float = 0
    wall_time_sec: float = 0
    succeeded_range: str = ""
    executed_range: str = ""
    failed_range: str = ""
    failed_only_range: str = ""
    cancelled_range: str = ""
    started_once_range: str = ""
    running_instances_info: RunningInstances | None = None


class Completed(Fact):
    """How one instance ended. Times are seconds."""

    instance_id: int
    state: str = ""
    results: list[str] = []
    wall_time_sec: float = 0
    exec_time_sec: float = 0
    peak_memory_mb: float = field(name="peakMemoryMB", default=0)
    execution_attempt_count: int = 1
    error: Error | None = None


class KeyValue(Fact):
    """A constant or a constraint."""

    key: str
    value: str = ""


class Attempt(Fact):
    """One attempt at an instance. Times are seconds."""

    attempt: int = 1
    state: str = ""
    phase: str = ""
    node: str = ""
    runtime: str = ""
    exit_code: int | None = None
    error: Error | None = None
    execution_time_sec: float = 0
    progress: float | None = None


class Instance(Fact):
    """One instance. `state`: Waiting, Running, Success, Failure or Cancelled."""

    instance_id: int
    state: str = ""
    execution_attempt_count: int = 0
    results: list[str] = []
    last: Attempt | None = None
    attempts: list[Attempt] = []

    @property
    def error(self) -> Error | None:
        return self.last.error if self.last else None

    @staticmethod
    def ended(told: Completed) -> "Instance":
        """From what a task tells of the instances that have ended."""
        last = Attempt(
            attempt=told.execution_attempt_count,
            state=told.state,
            error=told.error,
            execution_time_sec=told.exec_time_sec,
        )
        return Instance(
            instance_id=told.instance_id,
            state=told.state,
            execution_attempt_count=told.execution_attempt_count,
            results=told.results,
            last=last,
        )


class TaskFacts(Fact, dict=True):
    """A task as the server tells it."""

    uuid: str
    name: str = ""
    shortname: str = ""
    profile: str | None = None
    state: str = ""
    previous_state: str | None = None
    progress: float = 0
    instance_count: int = 0
    total_instance_count: int = 0
    advanced_ranges: str | None = None
    running_instance_count: int = 0
    running_core_count: int = 0
    execution_time: str | None = None
    wall_time: str | None = None
    creation_date: datetime | None = None
    state_transition_time: datetime | None = None
    end_date: datetime | None = None
    errors: list[Error] = []
    completed_instances: list[Completed] = []
    status: Status | None = None
    results_count: int = 0
    constants: list[KeyValue] = []
    tags: list[str] = []
    labels: dict[str, str] = {}
    resource_buckets: list[str] = []
    advanced_resource_buckets: list[dict[str, Any]] = []
    result_bucket: str | None = None
    results_bucket_prefix: str | None = None
    results_whitelist: str | None = None
    results_blacklist: str | None = None
    dependencies: dict[str, Any] | None = None
    job_uuid: str | None = None
    scheduling_type: str = ""
    snapshot_interval: int = 0
    explanation: str | None = None

    def __repr__(self) -> str:
        return looks.line(self)

    def __rich__(self) -> str:
        return looks.line(self)

    def _repr_html_(self) -> str:
        return looks.html(self)

    @property
    def final(self) -> bool:
        """Whether it has ended, or is about to be forgotten."""
        return self.state in FINAL or self.state in GONE

    @property
    def succeeded(self) -> bool:
        return self.state == "Success"

    @property
    def ids(self) -> Spans:
        """The ids of its instances."""
        if self.advanced_ranges:
            return Spans(self.advanced_ranges)
        count = self.total_instance_count or self.instance_count
        return Spans(f"0-{count - 1}" if count else "")


class JobFacts(Fact, dict=True):
    """A job as the server tells it."""

    uuid: str
    name: str = ""
    shortname: str = ""
    state: str = ""
    previous_state: str | None = None
    use_dependencies: bool = False
    creation_date: datetime | None = None
    max_wall_time: str | None = None
    tags: list[str] = []
    unfinished_task_count: int | None = None
    errors: list[Error] = []


class Snapshot(Fact):
    """A snapshot: Triggered, InProgress, Success or Failure. Sizes are bytes."""

    id: str
    task_uuid: str = ""
    status: str = ""
    size_to_upload: int | None = None
    transferred_size: int | None = None
    error: str | None = None
    trigger_date: datetime | None = None
    periodic: bool = False
    files: int = 0
    files_left: int = 0


class Constant(Fact):
    """A constant that a profile understands, and its value unless a task says otherwise."""

    name: str
    value: str = ""
    description: str = ""


class Profile(Fact):
    """A template of an execution environment."""

    name: str
    constants: list[Constant] = []


class OnNode(Fact):
    """An instance of the account that asks, on a node."""

    task_uuid: str
    instance_id: int
    phase: str = ""


class Node(Fact):
    """A machine that runs instances. What it uses is that of all accounts, `instances` are one's own."""

    name: str
    uuid: str = ""
    present: bool = True
    last_heard: datetime | None = None
    runtime: str = ""
    runtime_note: str = ""
    core_count: int = 0
    memory_mb: int = field(name="memoryMB", default=0)
    disk_mb: int = field(name="diskMB", default=0)
    cpu_model: str = ""
    gpu_count: int = 0
    gpu_model: str = ""
    ssd: bool = False
    specification_key: str = ""
    reservation_name: str = ""
    slots: int = 0
    used_slots: int = 0
    used_cores: float = 0
    used_memory_mb: float = field(name="usedMemoryMB", default=0)
    running_instance_count: int = 0
    instances: list[OnNode] = []


class Backlog(Fact):
    """The unfinished tasks of the account that asks, and where their instances are."""

    task_count: int = 0
    waiting_instance_count: int = 0
    starting_instance_count: int = 0
    running_instance_count: int = 0


class Capacity(Fact):
    """What the nodes that are here have together, what of it is in use by all, and what the account has to do."""

    node_count: int = 0
    core_count: int = 0
    memory_mb: int = field(name="memoryMB", default=0)
    gpu_count: int = 0
    slots: int = 0
    used_slots: int = 0
    used_cores: float = 0
    used_memory_mb: float = field(name="usedMemoryMB", default=0)
    running_instance_count: int = 0
    account: Backlog = field(default_factory=Backlog)


class Health(Fact, rename=None):
    """What the server is made of."""

    status: str = ""
    version: str = ""
    database: str = ""
    storage: str = ""
    engine: str = ""
    runners: list[Node] = []


class Account(Fact):
    """The account that asks: what it may have, and has."""

    email: str
    max_bucket: int = 0
    quota_bytes: int = 0
    max_task: int = 0
    task_count: int = 0
    running_task_count: int = 0
    max_job: int = 0
    job_count: int = 0
    running_instance_count: int = 0
    running_core_count: int = 0
    max_instances: int = 0
    max_cores: int = 0
    default_scheduling: str = ""


class Submitted(Fact):
    """What became of one submission among several: a UUID, or why there is none."""

    status_code: int = 0
    uuid: str | None = None
    message: str | None = None


class TaskPage(Fact):
    """A page of anything; `data` is read by whoever knows what it holds."""

    data: list[dict[str, Any]]
    total: int = 0
    is_truncated: bool = False
    next_token: str | None = None


class Stored(Struct, frozen=True):
    """An object of a bucket. `etag` has no quotes; `size` is bytes."""

    key: str
    size: int = 0
    etag: str = ""
    modified: datetime | None = None
