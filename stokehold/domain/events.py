"""Everything that happens. Each event is given to `journal.record`, which is the only thing that changes a phase."""

from msgspec import Struct

from stokehold.domain.errors import Failure
from stokehold.domain.protocol import Ended, Lost, Phased, Refreshed, Returned, Saved
from stokehold.domain.ranges import Ranges
from stokehold.domain.snapshot import Config


class Upstream(Struct, frozen=True):
    """A task to wait for. `ends`: the final states of it that let the other one start; empty: any."""

    uuid: str
    ends: tuple[str, ...] = ()


class Submitted(Struct, frozen=True, tag="submitted"):
    """A task was accepted. `spec` is its wire document as JSON."""

    uuid: str
    account_id: int
    name: str
    shortname: str
    profile: str
    spec: str
    ids: Ranges
    tags: tuple[str, ...] = ()
    job_id: int | None = None
    upstreams: tuple[Upstream, ...] = ()
    scheduling: str = "flex"
    reservation: str | None = None
    needs: str = ""  # hardware constraints as JSON
    most_running: int | None = None
    queue_by: int | None = None
    completion_ttl_us: int = 0
    evictable: bool = False
    request: str = ""  # a digest of what the client asked for, when it may ask again
    secrets: tuple[tuple[str, bytes], ...] = ()  # (key, sealed value) of constants that `spec` does not hold
    labels: tuple[tuple[str, str], ...] = ()  # (key, value), by which the task is found


class Granted(Struct, frozen=True, tag="granted"):
    """A node was given leases of one task: (instance id, attempt id, token) of each."""

    task_id: int
    node_id: int
    leases: tuple[tuple[int, int, str], ...]


class AbortAsked(Struct, frozen=True, tag="abort-asked"):
    """The owner wants the task stopped."""

    task_id: int
    reason: str = "it was aborted by its owner"


class DeleteAsked(Struct, frozen=True, tag="delete-asked"):
    """The owner wants the task stopped, then forgotten."""

    task_id: int


class QueueExpired(Struct, frozen=True, tag="queue-expired"):
    """The time that a task may wait in the queue is over."""

    task_id: int


class SnapshotAsked(Struct, frozen=True, tag="snapshot-asked"):
    """What the task's running instances have made so far is to be stored. `config` is whole: its bucket is known."""

    task_id: int
    name: str
    config: Config
    periodic: bool = False


class RefreshAsked(Struct, frozen=True, tag="refresh-asked"):
    """The owner has changed the input buckets, and wants running instances to see it."""

    task_id: int


class JobOpened(Struct, frozen=True, tag="job-opened"):
    """A job was accepted. `spec` is its wire document as JSON, durations are microseconds, 0: none."""

    uuid: str
    account_id: int
    name: str
    shortname: str
    spec: str
    use_dependencies: bool = False
    tags: tuple[str, ...] = ()
    max_wall_us: int = 0
    completion_ttl_us: int = 0
    evictable: bool = False


class JobTerminateAsked(Struct, frozen=True, tag="job-terminate-asked"):
    """A job is to end: what goes on in it is cancelled, and it takes no more tasks."""

    job_id: int
    reason: str = "its job was terminated by its owner"  # of its tasks' cancellation
    failure: Failure | None = None  # of the job


class JobDeleteAsked(Struct, frozen=True, tag="job-delete-asked"):
    """A job is to be forgotten with its tasks. Only with `force` while some of them go on."""

    job_id: int
    force: bool = False


class NodeLost(Struct, frozen=True, tag="node-lost"):
    """A node was silent for too long: its leases are void."""

    node_id: int


class Preempted(Struct, frozen=True, tag="preempted"):
    """Attempts have to make room: for a more urgent task, or because another node is idle."""

    attempt_ids: tuple[int, ...]


AttemptEvent = Phased | Ended | Returned | Lost
AttemptNews = Saved | Refreshed  # change no phase
TaskEvent = Submitted | Granted | AbortAsked | DeleteAsked | QueueExpired | SnapshotAsked | RefreshAsked
JobEvent = JobTerminateAsked | JobDeleteAsked
Event = AttemptEvent | AttemptNews | TaskEvent | NodeLost | Preempted | JobOpened | JobEvent
