"""The states of instances and tasks, as tables. `docs/states.md` is drawn from this file."""

from enum import StrEnum

from msgspec import Struct


class Phase(StrEnum):
    """Where an instance is. `ready` has no attempt; every other phase is that of its latest attempt."""

    READY = "ready"  #: nobody holds it
    LEASED = "leased"  #: a runner has the right to it and has not begun
    DOWNLOAD = "download"  #: its inputs are being brought to the node
    ENVIRONMENT = "environment"  #: its image or sandbox is being made
    EXECUTION = "execution"  #: its command runs
    UPLOAD = "upload"  #: its results are being stored
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


ENDS = frozenset({Phase.SUCCEEDED, Phase.FAILED, Phase.CANCELLED})

BEGUN = frozenset({Phase.DOWNLOAD, Phase.ENVIRONMENT, Phase.EXECUTION, Phase.UPLOAD})

_ALWAYS = frozenset({Phase.READY}) | ENDS  # a lease may be lost, a failure tried again, anything ended

#: Runners report the furthest phase they have reached: phases between may be skipped, never revisited.
NEXT: dict[Phase, frozenset[Phase]] = {
    Phase.READY: frozenset({Phase.LEASED, Phase.CANCELLED}),
    Phase.LEASED: _ALWAYS | BEGUN,
    Phase.DOWNLOAD: _ALWAYS | {Phase.ENVIRONMENT, Phase.EXECUTION, Phase.UPLOAD},
    Phase.ENVIRONMENT: _ALWAYS | {Phase.EXECUTION, Phase.UPLOAD},
    Phase.EXECUTION: _ALWAYS | {Phase.UPLOAD},
    Phase.UPLOAD: _ALWAYS,
    Phase.SUCCEEDED: frozenset(),
    Phase.FAILED: frozenset(),
    Phase.CANCELLED: frozenset(),
}


class TaskState(StrEnum):
    """The eleven public states, spelled as the clients know them."""

    SUBMITTED = "Submitted"
    PARTIALLY_DISPATCHED = "PartiallyDispatched"
    FULLY_DISPATCHED = "FullyDispatched"
    PARTIALLY_EXECUTING = "PartiallyExecuting"
    FULLY_EXECUTING = "FullyExecuting"
    UPLOADING_RESULTS = "UploadingResults"
    SUCCESS = "Success"
    FAILURE = "Failure"
    CANCELLED = "Cancelled"
    PENDING_CANCEL = "PendingCancel"
    PENDING_DELETE = "PendingDelete"


FINAL = frozenset({TaskState.SUCCESS, TaskState.FAILURE, TaskState.CANCELLED})


class Counts(Struct, frozen=True):
    """How many instances of a task are in each group of phases."""

    ready: int = 0
    dispatched: int = 0  # leased, download, environment
    executing: int = 0
    uploading: int = 0
    succeeded: int = 0
    failed: int = 0
    cancelled: int = 0

    @property
    def active(self) -> int:
        return self.dispatched + self.executing + self.uploading

    @property
    def ended(self) -> int:
        return self.succeeded + self.failed + self.cancelled


#: The counter that holds the instances of a phase.
COUNTER: dict[Phase, str] = {
    Phase.READY: "ready",
    Phase.LEASED: "dispatched",
    Phase.DOWNLOAD: "dispatched",
    Phase.ENVIRONMENT: "dispatched",
    Phase.EXECUTION: "executing",
    Phase.UPLOAD: "uploading",
    Phase.SUCCEEDED: "succeeded",
    Phase.FAILED: "failed",
    Phase.CANCELLED: "cancelled",
}


def fold(counts: Counts, *, cancel_asked: bool = False, delete_asked: bool = False) -> TaskState:
    """The public state of a task: a function of its counters and of what its owner has asked."""
    if delete_asked:
        return TaskState.PENDING_DELETE
    if counts.ready + counts.active == 0:
        return _verdict(counts)
    if cancel_asked:
        return TaskState.PENDING_CANCEL
    if counts.executing + counts.uploading + counts.ended == 0:
        return _before_execution(counts)
    return _while_executing(counts)


def _verdict(counts: Counts) -> TaskState:
    if counts.cancelled:
        return TaskState.CANCELLED
    return TaskState.FAILURE if counts.failed else TaskState.SUCCESS


def _before_execution(counts: Counts) -> TaskState:
    if counts.dispatched == 0:
        return TaskState.SUBMITTED
    return TaskState.PARTIALLY_DISPATCHED if counts.ready else TaskState.FULLY_DISPATCHED


def _while_executing(counts: Counts) -> TaskState:
    if counts.ready + counts.dispatched:
        return TaskState.PARTIALLY_EXECUTING
    return TaskState.FULLY_EXECUTING if counts.executing else TaskState.UPLOADING_RESULTS
