"""What can be wrong with a request, and with an instance. The REST and S3 edges each turn these into answers."""

from enum import StrEnum

from msgspec import Struct


class StokeholdError(Exception):
    """Something went wrong."""

    def __init__(self, message: str | None = None) -> None:
        self.message = message or (self.__doc__ or "").strip()
        super().__init__(self.message)


class Invalid(StokeholdError):
    """The request breaks a rule of its field."""

    def __init__(self, field: str, rule: str) -> None:
        self.field = field
        super().__init__(f"{field}: {rule}")


class NotFound(StokeholdError):
    """There is no such object."""


class Unauthorized(StokeholdError):
    """The token is missing or is not known here."""


class Forbidden(StokeholdError):
    """This account may not do that."""


class Conflict(StokeholdError):
    """The object exists already, or is in use."""


class NotBuilt(StokeholdError):
    """This part of the interface is not built yet."""


class StorageFull(StokeholdError):
    """The data folder has no space left."""


class Kind(StrEnum):
    """Whose failure it is. Only `program` spends the user's retries."""

    PROGRAM = "program"
    RESOURCE = "resource"
    INFRASTRUCTURE = "infrastructure"


class Fault(Struct, frozen=True):
    """One row of the closed table of task errors: a stable code, whose failure it is, and what the user can do."""

    code: str
    kind: Kind
    message: str

    @property
    def what(self) -> str:
        """What happened: the first sentence of the message."""
        return self.message.partition(". ")[0] + "."

    @property
    def advice(self) -> str:
        """What the user can do: the rest of it."""
        return self.message.partition(". ")[2]


class Faults:
    """Every error that a task or an instance can show. The codes are stable: scripts may compare them."""

    EXIT_CODE = Fault(
        "STK1001", Kind.PROGRAM,
        "The command ended with exit code {code}. Read the instance's standard error for the reason.",
    )  # fmt: skip
    KILLED = Fault(
        "STK1002", Kind.PROGRAM,
        "The command was ended by signal {signal}. Read the instance's standard error for the reason.",
    )  # fmt: skip
    COMMAND_NOT_FOUND = Fault(
        "STK1003", Kind.PROGRAM,
        "The command {command!r} does not exist or cannot be executed. Check DOCKER_CMD, the image and the inputs.",
    )  # fmt: skip
    BAD_COMMAND = Fault(
        "STK1004", Kind.PROGRAM,
        "DOCKER_CMD cannot be read as a command line: {reason}. Check its quotes.",
    )  # fmt: skip
    OUT_OF_MEMORY = Fault(
        "STK2001", Kind.RESOURCE,
        "The command was ended because it used more memory than the {limit_mb} MB it may have. "
        "Ask for a node with more memory, or make the work of an instance smaller.",
    )  # fmt: skip
    NODE_DISK_FULL = Fault(
        "STK2002", Kind.RESOURCE,
        "The node has no disk space left: {reason}. Write less, or run on a node with a larger disk.",
    )  # fmt: skip
    JOB_TIMED_OUT = Fault(
        "STK2011", Kind.RESOURCE,
        "The job reached its maximum wall time of {limit}. Submit what was cancelled in a job with a longer one.",
    )  # fmt: skip
    QUEUE_TIMEOUT = Fault(
        "STK2010", Kind.RESOURCE,
        "No instance had begun after {seconds} s in the queue, the most that maxTimeQueueSeconds allows. "
        "Give the task more time, ask for less, or add nodes; then clone it.",
    )  # fmt: skip
    IMAGE_UNAVAILABLE = Fault(
        "STK3001", Kind.PROGRAM,
        "The image {image} cannot be had: {reason}. Check DOCKER_REPO, DOCKER_TAG, DOCKER_SRV and the credentials.",
    )  # fmt: skip
    BUCKET_GONE = Fault(
        "STK3002", Kind.PROGRAM,
        "The input bucket {bucket!r} no longer exists. Create it again, then clone the task.",
    )  # fmt: skip
    BAD_INPUT = Fault(
        "STK3003", Kind.PROGRAM,
        "The input {key!r} cannot be put into the job folder: {reason}. Rename it, or select others by a prefix.",
    )  # fmt: skip
    BAD_FILTER = Fault(
        "STK3004", Kind.PROGRAM,
        "The {name} cannot be used once its constants are filled in: {reason}. "
        "Correct the regular expression or the constants, then clone the task.",
    )  # fmt: skip
    DOWNLOAD_FAILED = Fault(
        "STK4001", Kind.INFRASTRUCTURE,
        "The inputs could not be fetched: {reason}. The instance may be tried again.",
    )  # fmt: skip
    UPLOAD_FAILED = Fault(
        "STK4002", Kind.INFRASTRUCTURE,
        "The results could not be stored: {reason}. Check the storage's free space, then clone the task.",
    )  # fmt: skip
    NODE_LOST = Fault(
        "STK4003", Kind.INFRASTRUCTURE,
        "The node was lost {times} times while it ran this instance. Check the nodes, then clone the task.",
    )  # fmt: skip
    RUNNER_FAULT = Fault(
        "STK4004", Kind.INFRASTRUCTURE,
        "The runner could not carry out the instance: {reason}. "
        "Clone the task; if it happens again, tell the operator of this server.",
    )  # fmt: skip
    CANCELLED = Fault(
        "GHX0782I", Kind.PROGRAM,
        "The task was cancelled: {reason}. Submit it again to run it.",
    )  # fmt: skip


class Failure(Struct, frozen=True, omit_defaults=True):
    """What went wrong with one instance: a fault with its blanks filled in."""

    code: str
    message: str
    debug: str = ""

    @classmethod
    def of(cls, fault: Fault, *, debug: str = "", **blanks: object) -> "Failure":
        """Fill in the blanks of `fault`'s message."""
        return cls(fault.code, fault.message.format(**blanks), debug)


def table() -> dict[str, Fault]:
    """Every fault by its code."""
    return {f.code: f for f in vars(Faults).values() if isinstance(f, Fault)}


def kind_of(failure: Failure) -> Kind:
    """Whose failure it is; a code that is not in the table is taken for the program's."""
    fault = _TABLE.get(failure.code)
    return fault.kind if fault else Kind.PROGRAM


_TABLE = table()
