"""The command on the host's own system, which it can read but not change, in namespaces of its own (bubblewrap)."""

import os
import re
import stat
from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from stokehold.domain.errors import Failure, Faults
from stokehold.runner.runtime.launch import Exit, Launch, Order, Paths, Unrunnable, ending, not_found
from stokehold.runner.runtime.process import STANDARD_PATH, find

#: Top-level directories that a command does not get: other people's files, other services' state, or made anew.
_NOT_SHARED = frozenset(
    {
        "/boot", "/dev", "/home", "/job", "/lost+found", "/media", "/mnt",
        "/proc", "/root", "/run", "/srv", "/sys", "/tmp", "/var",
    }
)  # fmt: skip
#: What programs read below them: fonts, TeX, and the shape of the machine.
_SHARED_BELOW = (
    "/var/cache/fontconfig", "/var/lib/texmf", "/var/lib/ghostscript",
    "/sys/devices", "/sys/class", "/sys/bus", "/sys/block",
)  # fmt: skip
_EMPTY = ("/home", "/media", "/mnt", "/root", "/run", "/srv")
_GRAPHICS = re.compile(r"nvidia.*|dri|kfd|infiniband")
#: Root without capabilities still owns these, so plain permissions let it write there: to core_pattern, for one.
#: (Bubblewrap 0.8 covers /proc/irq and /proc/bus by itself, and /proc/sys only from one who could write the directory.)
_KERNEL = (
    "/proc/sys",
    "/proc/sysrq-trigger",
    "/proc/fs",
    "/proc/acpi",
    "/proc/scsi",
    "/proc/mtrr",
    "/proc/driver",
)
_NAMESPACES = (
    "--unshare-user", "--unshare-pid", "--unshare-ipc", "--unshare-uts",
    "--die-with-parent", "--new-session", "--cap-drop", "ALL", "--hostname", "stokehold",
)  # fmt: skip
#: Variables that change how any program starts. They must not reach bubblewrap itself, which is outside the sandbox:
#: a LD_PRELOAD would be a way out of it. They travel as arguments, which everybody may see: they hold no secrets.
_STEERING = re.compile(
    r"LD_(AUDIT|PRELOAD|LIBRARY_PATH|ORIGIN_PATH|DEBUG|DEBUG_OUTPUT|PROFILE|PROFILE_OUTPUT|BIND_NOW|BIND_NOT|HWCAP_MASK"
    r"|DYNAMIC_WEAK|SHOW_AUXV|VERBOSE|WARN|TRACE_\w+|USE_LOAD_BIAS|POINTER_GUARD|ASSUME_KERNEL|PREFER_MAP_32BIT_EXEC)"
    r"|GLIBC_TUNABLES|GCONV_PATH|GETCONF_DIR|LOCPATH|NLSPATH|MALLOC_\w+|TZDIR|HOSTALIASES|LOCALDOMAIN|RES_OPTIONS"
    r"|RESOLV_HOST_CONF|NIS_PATH"
)
_COMPLAINT = re.compile(r"bwrap: (?:execvp (?P<command>.*): )?(?P<reason>[^\n]*)\n?")


class Sandbox:
    """Keeps `Runtime`. `/job`, `/tmp` and `/dev/shm` can be written; the network is there when the launch has it."""

    name = "process"
    job_path = "/job"
    detached = False

    def __init__(self, bwrap: str, hidden: Iterable[str] = ()) -> None:
        """`bwrap` is the program's absolute path; `hidden` are directories that no command may read."""
        self._start = (bwrap, *_NAMESPACES, *_root(hidden))
        self._network = tuple(_name_resolution())

    def paths(self, job_dir: str, tmp_dir: str) -> Paths:
        return Paths(job="/job", tmp="/tmp", ram="/dev/shm")

    async def prepare(self, launch: Launch) -> Order:
        env = {"PATH": STANDARD_PATH, "HOME": "/job", **launch.env}
        argv = [
            *self._start,
            *(self._network if launch.network else ("--unshare-net",)),
            "--bind", launch.tmp_dir, "/tmp",
            "--bind", launch.tmp_dir, "/var/tmp",
            "--bind", launch.job_dir, "/job",
            "--remount-ro", "/", "--chdir", "/job",
        ]  # fmt: skip
        for name in filter(_STEERING.fullmatch, list(env)):
            if name in launch.hidden:
                raise _seen(name)
            argv += "--setenv", name, env.pop(name)
        command = [_inside(launch, env["PATH"]), *launch.argv[1:]]
        return Order([*argv, "--", *command], env, launch.job_dir, wraps=True)

    def verdict(self, launch: Launch, end: Exit, stderr_tail: bytes) -> Failure | None:
        complaint = _complaint(stderr_tail) if end.code == 1 else None
        if complaint is None:
            return ending(launch, end)
        if complaint["command"] is not None:
            return not_found(launch.argv[0], debug=complaint["reason"]).failure
        return Failure.of(
            Faults.RUNNER_FAULT, reason=f"the sandbox could not be made ({complaint['reason']})"
        )

    async def roots(self, token: str) -> list[int]:
        return []

    async def stop(self, token: str) -> None:
        """The sandbox's own first process dies with bubblewrap, and everything in it with that."""

    async def clean(self, token: str) -> None:
        """The namespaces are gone with their last process."""

    async def sweep(self, kept: set[str]) -> None:
        """The keeper has ended whatever was left."""


def _inside(launch: Launch, path: str) -> str:
    """The program as the sandbox sees it."""
    name = launch.argv[0] if launch.argv else ""
    if name == "/job" or name.startswith("/job/"):
        find(replace(launch, argv=["." + name[4:]]), path)
        return name
    found = find(launch, path)
    return name if "/" in name else found


def _seen(name: str) -> Unrunnable:
    reason = (
        f"the sandbox hands the variable {name} over where everybody can see it, so it cannot hold a secret"
    )
    return Unrunnable(Failure.of(Faults.BAD_COMMAND, reason=reason))


def _complaint(stderr: bytes) -> re.Match[str] | None:
    """What bubblewrap says when the command has not begun: then it is the only thing said."""
    return _COMPLAINT.fullmatch(stderr.decode(errors="replace")) if stderr.startswith(b"bwrap: ") else None


def _root(hidden: Iterable[str]) -> list[str]:
    """The arguments that build the root directory: they are the same for every launch."""
    argv: list[str] = []
    for entry in sorted(os.scandir("/"), key=lambda entry: entry.name):
        if entry.is_symlink():
            argv += "--symlink", os.readlink(entry.path), entry.path
        elif entry.is_dir() and entry.path not in _NOT_SHARED:
            argv += "--ro-bind", entry.path, entry.path
    for path in filter(os.path.isdir, _SHARED_BELOW):
        argv += "--ro-bind", path, path
    for path in _EMPTY:
        argv += "--dir", path
    argv += "--proc", "/proc", "--dev", "/dev"
    argv += _kernel()
    argv += _graphics()
    for path in [*_existing(hidden), *_private("/etc", depth=2)]:
        argv += _mask(path)
    return argv


def _mask(path: str) -> tuple[str, ...]:
    return ("--perms", "0555", "--tmpfs", path) if os.path.isdir(path) else ("--ro-bind", "/dev/null", path)


def _existing(hidden: Iterable[str]) -> Iterator[str]:
    """Those of `hidden` that the sandbox would show: they exist, and not below what it leaves out anyway."""
    for path in map(os.path.realpath, hidden):
        top = "/" + path.split("/")[1]
        if top not in _NOT_SHARED and os.path.isdir(path):
            yield path


def _kernel() -> Iterator[str]:
    if os.getuid() == 0:
        for path in filter(_writable, _KERNEL):
            yield from ("--ro-bind", path, path)


def _writable(path: str) -> bool:
    """Whether there is a file at or below `path` that its owner may write. Each bind costs a start 0.5 ms."""
    if not os.path.isdir(path):
        return os.path.exists(path) and bool(os.stat(path).st_mode & stat.S_IWUSR)
    return any(
        os.lstat(os.path.join(directory, name)).st_mode & stat.S_IWUSR
        for directory, _, names in os.walk(path)
        for name in names
    )


def _graphics() -> Iterator[str]:
    for entry in os.scandir("/dev"):
        if _GRAPHICS.fullmatch(entry.name):
            yield from ("--dev-bind", entry.path, entry.path)


def _private(directory: str, depth: int) -> Iterator[str]:
    """What the runner may read and other users may not: password hashes and host keys, when the runner is root."""
    for entry in _scan(directory):
        mode = entry.stat(follow_symlinks=False).st_mode
        if stat.S_ISLNK(mode) or not os.access(entry.path, os.R_OK):
            continue
        if not mode & (stat.S_IXOTH if stat.S_ISDIR(mode) else stat.S_IROTH):
            yield entry.path
        elif depth and stat.S_ISDIR(mode):
            yield from _private(entry.path, depth - 1)


def _scan(directory: str) -> list[os.DirEntry[str]]:
    try:
        return sorted(os.scandir(directory), key=lambda entry: entry.name)
    except OSError:
        return []


def _name_resolution() -> Iterator[str]:
    """`/etc/resolv.conf` is often a link into /run, which the sandbox hides."""
    real = os.path.realpath("/etc/resolv.conf")
    if not real.startswith("/etc/") and os.path.isfile(real):
        yield from ("--ro-bind", real, real)
