"""The programs that a keeper runs: started in slots, watched, ended with their whole trees."""

import os
import signal
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

from msgspec import Struct

from stokehold.runner import processes
from stokehold.runner.messages import Exited, Held, Kill, News, Start, Started

LOOK_S = 0.2  # between looks at memory, and at trees that are being ended
TICK_S = 0.02  # how exactly the kernel tells when a process began
_CLEAN = [signal.SIGPIPE, signal.SIGINT, signal.SIGTERM, signal.SIGCHLD]  # Python ignores or handles these


class Charge(Struct):
    """One program that runs, or whose tree is being ended."""

    order: Start
    pid: int
    started_at: int
    mark: str
    born_s: float  # since boot
    exited: Exited | None = None  # the main process is gone, its tree not yet
    kill_at: float | None = None  # when gentleness ends, on the monotonic clock
    stopped: bool = False
    memory_killed: bool = False
    peak_mb: float = 0.0


class Brood:
    """Programs in `slots` slots, first come first served. Not thread-safe: one loop owns it."""

    def __init__(self, prefix: str, tell: Callable[[News], None]) -> None:
        self.slots = 1
        self._prefix, self._tell = prefix, tell
        self._waiting: deque[Start] = deque()
        self._running: dict[int, Charge] = {}  # by pid of the main process, also after its exit
        self._ended: dict[str, tuple[bytes, Exited]] = {}
        self._count = 0
        self._self = os.getpid()
        self._ending: dict[int, Charge] = {}  # those whose main process is gone, their trees not yet

    @property
    def empty(self) -> bool:
        return not (self._waiting or self._running)

    @property
    def untold(self) -> bool:
        """Whether there are ends that no runner has taken over."""
        return bool(self._ended)

    @property
    def restless(self) -> bool:
        """Whether `look` must be called again soon."""
        return bool(self._running)

    def start(self, order: Start) -> None:
        self._waiting.append(order)
        self.fill()

    def fill(self) -> None:
        """Start what waits while there are free slots."""
        while self._waiting and len(self._running) < self.slots:
            self._spawn(self._waiting.popleft())

    def kill(self, order: Kill) -> None:
        """End one tree, gently first."""
        for waiting in self._waiting:
            if waiting.token == order.token:
                self._waiting.remove(waiting)
                return self._end(waiting, Exited(order.token, _now(), stopped=True))
        for charge in self._running.values():
            if charge.order.token == order.token and not charge.stopped:
                self._stop(charge, order.grace_s)
        return None

    def kill_all(self, grace_s: float) -> None:
        self._waiting.clear()
        for charge in self._running.values():
            if not charge.stopped:
                self._stop(charge, grace_s)

    def forget(self, tokens: list[str]) -> None:
        for token in tokens:
            self._ended.pop(token, None)

    def holding(self) -> list[Held]:
        """Everything known, oldest first."""
        ended = [Held(token, note, e.started_at, e) for token, (note, e) in self._ended.items()]
        running = [Held(c.order.token, c.order.note, c.started_at, pid=c.pid) for c in self._running.values()]
        return ended + running + [Held(w.token, w.note) for w in self._waiting]

    def reap(self) -> None:
        """Collect the processes that have ended."""
        while True:
            try:
                pid, status, usage = os.wait4(-1, os.WNOHANG)
            except ChildProcessError:
                break
            if pid == 0:
                break
            charge = self._running.get(pid)
            if charge is not None:
                self._main_ended(charge, status, usage)
        if self._ending:
            self._settle()
        self.fill()

    def look(self) -> None:
        """What no signal tells: trees that take too much memory, trees that will not end."""
        now = time.monotonic()
        for charge in list(self._running.values()):
            if charge.exited is not None or charge.stopped:
                self._press(charge, now)
            elif charge.order.memory_mb:
                self._weigh(charge)
        self.fill()

    def _spawn(self, order: Start) -> None:
        self._count += 1
        mark = f"{self._prefix}{self._count}"
        at, born_s = _now(), time.clock_gettime(time.CLOCK_BOOTTIME)
        try:
            os.chdir(order.cwd)  # posix_spawn knows no directory; nothing else here depends on ours
            pid = os.posix_spawn(
                order.argv[0],
                order.argv,
                order.env | {processes.MARK: mark},
                file_actions=_files(order),
                setsid=True,
                setsigdef=_CLEAN,
                setsigmask=[],
            )
        except OSError as error:
            return self._end(order, Exited(order.token, at, refused=error.errno or 5))
        self._running[pid] = Charge(order, pid, at, mark, born_s)
        self._tell(Started(order.token, at, pid))
        return None

    def _main_ended(self, charge: Charge, status: int, usage: Any) -> None:
        charge.exited = Exited(
            charge.order.token,
            _now(),
            charge.started_at,
            os.WEXITSTATUS(status) if os.WIFEXITED(status) else None,
            os.WTERMSIG(status) if os.WIFSIGNALED(status) else None,
            int((usage.ru_utime + usage.ru_stime) * 1e6),
            max(int(usage.ru_maxrss), int(charge.peak_mb * 1000)),
            charge.stopped,
            charge.memory_killed,
        )
        left = self._leftovers(charge)
        if left:  # what a program leaves behind ends with it
            self._ending[charge.pid] = charge
            processes.send(left, signal.SIGTERM if charge.stopped else signal.SIGKILL)
        else:
            self._gone(charge)

    def _stop(self, charge: Charge, grace_s: float) -> None:
        charge.stopped = True
        charge.kill_at = time.monotonic() + grace_s
        pids = self._tree(charge)
        if grace_s <= 0:
            processes.send(pids, signal.SIGKILL)
        elif charge.order.wraps and len(pids) > 1:
            processes.send(pids - {charge.pid}, signal.SIGTERM)
        else:
            processes.send(pids, signal.SIGTERM)

    def _press(self, charge: Charge, now: float) -> None:
        pids = self._tree(charge)
        if charge.exited is not None and not pids:
            self._gone(charge)
        elif charge.kill_at is None or now >= charge.kill_at:
            processes.send(pids, signal.SIGKILL)

    def _weigh(self, charge: Charge) -> None:
        held = processes.resident_mb(self._tree(charge))
        charge.peak_mb = max(charge.peak_mb, held)
        if held > charge.order.memory_mb:
            charge.memory_killed = True
            processes.send(self._tree(charge), signal.SIGKILL)

    def _settle(self) -> None:
        for charge in list(self._ending.values()):
            if not self._leftovers(charge):
                self._gone(charge)

    def _gone(self, charge: Charge) -> None:
        del self._running[charge.pid]
        self._ending.pop(charge.pid, None)
        if charge.exited is not None:
            self._end(charge.order, charge.exited)

    def _end(self, order: Start, exited: Exited) -> None:
        self._ended[order.token] = (order.note, exited)
        self._tell(exited)

    def _tree(self, charge: Charge) -> set[int]:
        alive = set() if charge.exited is not None else processes.descendants([charge.pid])
        return alive | self._leftovers(charge)

    def _leftovers(self, charge: Charge) -> set[int]:
        """What descends from a charge but not through its main process: we adopted it (subreaper)."""
        adopted = [pid for pid in processes.children(self._self) if pid not in self._running]
        owned = [pid for pid in adopted if self._owns(charge, pid)]
        return {pid for pid in processes.descendants(owned) if _alive(pid)}

    def _owns(self, charge: Charge, pid: int) -> bool:
        """Whether an adopted process is of this charge; one without a sign is of the last that may own it."""
        mark, birth = processes.mark_of(pid), processes.birth_of(pid)
        if mark is not None or birth is None:
            return mark == charge.mark
        signs = [c for c in self._running.values() if birth.session == c.pid or _serves(pid, c)]
        others = [c for c in self._running.values() if c is not charge and c.exited is None]
        return charge in signs or not (signs or any(c.born_s < birth.born_s + TICK_S for c in others))


def _files(order: Start) -> list[tuple[Any, ...]]:
    append = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    return [
        (os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, order.stdout, append, 0o600),
        (os.POSIX_SPAWN_OPEN, 2, order.stderr, append, 0o600),
    ]


def _serves(pid: int, charge: Charge) -> bool:
    """Container engines run a process outside the tree, with an environment of its own, that names the container."""
    return processes.has_argument(pid, f"stoke-{charge.order.token}")


def _alive(pid: int) -> bool:
    """Whether a process is more than a zombie that nobody has collected."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return False
    return stat.rpartition(b")")[2].split()[0] not in (b"Z", b"X")


def _now() -> int:
    return time.time_ns() // 1000
