"""Everything that happens. Each event is given to `journal.record`, which is the only thing that changes a phase."""

from msgspec import Struct

from stokehold.domain.protocol import Ended, Lost, Phased, Returned
from stokehold.domain.ranges import Ranges


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


class NodeLost(Struct, frozen=True, tag="node-lost"):
    """A node was silent for too long: its leases are void."""

    node_id: int


AttemptEvent = Phased | Ended | Returned | Lost
TaskEvent = Submitted | Granted | AbortAsked | DeleteAsked | QueueExpired
Event = AttemptEvent | TaskEvent | NodeLost
