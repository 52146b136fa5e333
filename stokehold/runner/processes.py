"""Process trees: who descends from whom, and how much memory they hold together. Linux only, through /proc."""

import os
import signal
from collections.abc import Iterable
from typing import NamedTuple

MARK = "STOKE_MARK"  # in the environment of every process we start: finds those that outlived their parents

_PAGE = os.sysconf("SC_PAGE_SIZE")
_TICKS = os.sysconf("SC_CLK_TCK")


def children(pid: int) -> list[int]:
    """The direct children of a process, of all its threads."""
    found: list[int] = []
    try:
        for thread in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{thread}/children", "rb") as file:
                found.extend(map(int, file.read().split()))
    except (FileNotFoundError, ProcessLookupError):
        pass
    return found


def descendants(roots: Iterable[int]) -> set[int]:
    """The roots and all that descends from them."""
    found: set[int] = set()
    waiting = list(roots)
    while waiting:
        pid = waiting.pop()
        if pid not in found:
            found.add(pid)
            waiting.extend(children(pid))
    return found


def mark_of(pid: int) -> str | None:
    """The mark that a process was started with; None when it has none or hides it."""
    try:
        with open(f"/proc/{pid}/environ", "rb") as file:
            environ = file.read()
    except OSError:
        return None
    for item in environ.split(b"\0"):
        if item.startswith(b"STOKE_MARK="):
            return item[len(b"STOKE_MARK=") :].decode(errors="replace")
    return None


class Birth(NamedTuple):
    """What a process cannot change about itself, but for a new session."""

    session: int
    born_s: float  # since boot, in steps of 10 ms


def birth_of(pid: int) -> Birth | None:
    """When a process began, and its session; None when it is gone."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            words = file.read().rpartition(b")")[2].split()
    except OSError:
        return None
    return Birth(int(words[3]), int(words[19]) / _TICKS)


def has_argument(pid: int, argument: str) -> bool:
    """Whether it is one of the words of a process's command line."""
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return argument.encode() in file.read().split(b"\0")
    except OSError:
        return False


def marked(prefix: str) -> dict[int, str]:
    """Every process on this machine whose mark begins with `prefix`."""
    marks = ((int(name), mark_of(int(name))) for name in os.listdir("/proc") if name.isdigit())
    return {pid: mark for pid, mark in marks if mark and mark.startswith(prefix)}


def resident_mb(pids: Iterable[int]) -> float:
    """Resident memory of these processes together, in MB; shared pages count once for each."""
    return sum(map(_pages, pids)) * _PAGE / 1e6


def _pages(pid: int) -> int:
    try:
        with open(f"/proc/{pid}/statm", "rb") as file:
            return int(file.read().split()[1])
    except (OSError, IndexError):
        return 0


def send(pids: Iterable[int], number: signal.Signals) -> None:
    """Signal processes, ignoring those that have gone."""
    for pid in pids:
        try:
            os.kill(pid, number)
        except (ProcessLookupError, PermissionError):
            continue
