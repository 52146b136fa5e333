"""Every process of this machine in one look: whose child it is, what it has used. Linux only, through /proc."""

import os
from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

_PAGE_MB = os.sysconf("SC_PAGE_SIZE") / 1e6
_TICK_US = 1_000_000 // os.sysconf("SC_CLK_TCK")
_LONGEST = 4096  # bytes of a process's line


class Entry(NamedTuple):
    """One process: its parent, its session, and what it and those of its children that are gone have used."""

    parent: int
    session: int
    cpu_us: int
    memory_mb: float


class Census:
    """The processes of a moment. One look costs some 15 us for each process, however many trees are asked for."""

    def __init__(self, entries: dict[int, Entry]) -> None:
        self.entries = entries
        self._children: dict[int, list[int]] = defaultdict(list)
        self._sessions: dict[int, list[int]] = defaultdict(list)
        for pid, entry in entries.items():
            self._children[entry.parent].append(pid)
            self._sessions[entry.session].append(pid)

    @classmethod
    def take(cls) -> "Census":
        found = ((int(name), _entry(name)) for name in os.listdir("/proc") if name.isdigit())
        return cls({pid: entry for pid, entry in found if entry is not None})

    def tree(self, roots: Iterable[int]) -> set[int]:
        """The roots, what descends from them, and what left its parents but not the session that a root leads."""
        found: set[int] = set()
        waiting = [pid for root in roots for pid in (root, *self._sessions.get(root, ()))]
        while waiting:
            pid = waiting.pop()
            if pid not in found and pid in self.entries:
                found.add(pid)
                waiting.extend(self._children.get(pid, ()))
        return found

    def cpu_us(self, pids: Iterable[int]) -> int:
        """The CPU time of these processes together, and of their children that are gone."""
        return sum(self.entries[pid].cpu_us for pid in pids)

    def memory_mb(self, pids: Iterable[int]) -> float:
        """The resident memory of these processes together; shared pages count once for each."""
        return sum(self.entries[pid].memory_mb for pid in pids)


def _entry(pid: str) -> Entry | None:
    """None: it is gone."""
    try:
        descriptor = os.open(f"/proc/{pid}/stat", os.O_RDONLY)
    except OSError:
        return None
    try:
        line = os.read(descriptor, _LONGEST)
    except OSError:
        return None
    finally:
        os.close(descriptor)
    words = line[line.rfind(b")") + 2 :].split()
    ticks = int(words[11]) + int(words[12]) + int(words[13]) + int(words[14])
    return Entry(int(words[1]), int(words[3]), ticks * _TICK_US, int(words[21]) * _PAGE_MB)
