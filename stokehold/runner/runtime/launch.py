"""What a runtime is asked, what it answers, and the contract that all runtimes keep."""

import errno
import signal
from typing import Protocol

from msgspec import Struct

from stokehold.domain.errors import Failure, Faults


class Launch(Struct, frozen=True):
    """One attempt, ready to run: its words, its variables, its places."""

    token: str
    profile: str
    argv: list[str]  # the words of DOCKER_CMD; empty: the image's own command
    env: dict[str, str]
    constants: dict[str, str]  # references replaced
    job_dir: str  # the host's path of the instance's job directory; exists, belongs to the runner's user
    tmp_dir: str  # the host's path of its scratch directory; exists, empty
    network: bool = False
    memory_mb: int = 0  # 0: no limit
    cores: int = 0  # 0: no limit
    hidden: frozenset[str] = frozenset()  # the variables that hold a secret: no argument may show them


class Order(Struct, frozen=True):
    """The one program that the keeper spawns: `argv[0]` is an absolute path, `env` is its whole environment."""

    argv: list[str]
    env: dict[str, str]
    cwd: str
    wraps: bool = False  # argv[0] only wraps the command (bwrap): a gentle stop is for what runs inside it


class Pretend(Struct, frozen=True):
    """No program at all: print this, wait, end so."""

    seconds: float = 0.0
    exit_code: int = 0
    stdout: bytes = b""
    stderr: bytes = b""
    crash: bool = False  # behave as an infrastructure fault


class Exit(Struct, frozen=True):
    """How an Order's program ended: a code, or the signal that ended it."""

    code: int | None = None
    signal: int | None = None
    memory_killed: bool = False  # the keeper, or the kernel for the keeper, ended it because of its memory
    stopped: bool = False  # the keeper ended it because it was told to


class Paths(Struct, frozen=True):
    """Where the command finds its directories, as it sees them."""

    job: str
    tmp: str
    ram: str


class Unrunnable(Exception):
    """The launch cannot be carried out; `failure` says whose fault it is."""

    def __init__(self, failure: Failure) -> None:
        self.failure = failure
        super().__init__(failure.message)


class Runtime(Protocol):
    """A way to run a command.

    Order, for one token: `prepare` → the keeper spawns the Order → it ends → `verdict` → `clean`. `stop` may come at
    any moment after `prepare` began, `clean` after the program has ended or was never spawned. Whoever finds a token
    that an earlier process left behind calls `stop`, ends the process tree, then calls `clean`.

    Concurrency: every method may run at the same time for different tokens. For one token, `stop` may overlap
    `prepare`; nothing else overlaps. A runtime keeps nothing in memory that `stop`, `verdict` or `clean` need: they
    work in a process that was started after the one which called `prepare`.

    Idempotence: `stop` and `clean` may be repeated, and called for tokens that were never prepared; they do not raise.
    `verdict` is a function of its arguments and of what the program left, until `clean`.

    Cancellation: `prepare` may be cancelled; it then leaves nothing that `clean` does not remove.
    """

    name: str
    job_path: str  # the job directory as the command sees it; "": its path on the host, there is no sandbox
    detached: bool  # the command does not descend from the Order's program: `roots` finds it

    def paths(self, job_dir: str, tmp_dir: str) -> Paths:
        """Where a command will find the directories that have these paths on the host."""

    async def prepare(self, launch: Launch) -> Order | Pretend:
        """Make everything ready: images, files. Raises Unrunnable: the image cannot be had, no such command.

        `cwd` is the job directory. Secrets are in files of mode 0600 or in `env`, never in `argv`.
        """

    def verdict(self, launch: Launch, end: Exit, stderr_tail: bytes) -> Failure | None:
        """What went wrong; None is success. `stderr_tail` is the last 4 KiB or so. Never blocks."""

    async def roots(self, token: str) -> list[int]:
        """The processes that the command began as, of a detached runtime; none while there are none."""

    async def stop(self, token: str) -> None:
        """What it takes to end the instance beyond killing the Order's process tree. Returns when done or moot."""

    async def clean(self, token: str) -> None:
        """Remove what `prepare` and the program left outside the job and scratch directories."""

    async def sweep(self, kept: set[str]) -> None:
        """End and remove what earlier processes of the same folder left, but for these tokens; before any `prepare`."""


#: Signals that end programs in practice. A shell and a sandbox tell of them as 128 + number; other codes above 128
#: are codes.
_DEADLY = frozenset(
    {
        signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGILL, signal.SIGTRAP, signal.SIGABRT, signal.SIGBUS,
        signal.SIGFPE, signal.SIGKILL, signal.SIGSEGV, signal.SIGPIPE, signal.SIGALRM, signal.SIGTERM, signal.SIGXCPU,
        signal.SIGXFSZ, signal.SIGSYS,
    }
)  # fmt: skip


def ending(launch: Launch, end: Exit) -> Failure | None:
    """The verdict that all runtimes share: from the code or the signal alone."""
    if end.code == 0 and not end.stopped:
        return None
    if end.memory_killed:
        return Failure.of(Faults.OUT_OF_MEMORY, limit_mb=launch.memory_mb)
    if end.stopped:
        return Failure.of(Faults.CANCELLED, reason="the instance was told to stop")
    number = signal_of(end)
    if number is not None:
        return Failure.of(Faults.KILLED, signal=_named(number))
    if end.code is None:
        return Failure.of(Faults.RUNNER_FAULT, reason="the end of the command was not seen")
    return Failure.of(Faults.EXIT_CODE, code=end.code)


def signal_of(end: Exit) -> int | None:
    """The signal that ended the command, told as such or as 128 + number."""
    if end.signal is not None:
        return end.signal
    return end.code - 128 if end.code is not None and end.code - 128 in _DEADLY else None


def _named(number: int) -> str:
    try:
        return f"{number} ({signal.Signals(number).name})"
    except ValueError:
        return str(number)


def not_found(command: str, debug: str = "") -> Unrunnable:
    """There is no such command, or it cannot be executed."""
    return Unrunnable(Failure.of(Faults.COMMAND_NOT_FOUND, command=command, debug=debug))


_NOT_A_PROGRAM = frozenset(
    {errno.ENOENT, errno.EACCES, errno.ENOEXEC, errno.ENOTDIR, errno.ELOOP, errno.EISDIR}
)


def not_spawned(launch: Launch, error: OSError) -> Failure:
    """What it means that the keeper could not spawn the Order of `launch`."""
    if error.errno in _NOT_A_PROGRAM:
        command = launch.argv[0] if launch.argv else ""
        return Failure.of(Faults.COMMAND_NOT_FOUND, command=command, debug=str(error))
    if error.errno == errno.E2BIG:
        return Failure.of(Faults.BAD_COMMAND, reason="with its constants it is longer than the system allows")
    return Failure.of(
        Faults.RUNNER_FAULT, reason=f"the command could not be started ({error.strerror or error})"
    )
