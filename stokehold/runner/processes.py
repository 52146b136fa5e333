"""Process trees: who descends from whom, and how much memory they hold together. Linux only, through /proc."""

import os
import signal
from collections.abc import Iterable

MARK = "STOKE_MARK"  # in the environment of every process we start: finds those that outlived their parents

_PAGE = os.sysconf("SC_PAGE_SIZE")


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
