"""Control groups, versions 1 and 2: what everything in one has used, as the kernel counts it."""

from pathlib import Path
from typing import NamedTuple

ROOT = Path("/sys/fs/cgroup")


class Used(NamedTuple):
    """What the processes of a group have used: CPU time so far, memory now without files that could be dropped."""

    cpu_us: int
    memory_mb: float


class Cgroup:
    """One group; which files tell what depends on the version of each controller."""

    def __init__(self, cpu: Path, memory: Path) -> None:
        self._cpu, self._memory = cpu, memory

    @classmethod
    def of(cls, pid: int | str, root: Path = ROOT, proc: Path = Path("/proc")) -> "Cgroup | None":
        """The group of a process; None when it shares ours, or counts nothing that we can read."""
        theirs, ours = _places(proc / str(pid) / "cgroup"), _places(proc / "self/cgroup")
        found: dict[str, Path] = {}
        for controller, file in (("cpuacct", "cpuacct.usage"), ("memory", "memory.usage_in_bytes")):
            place = theirs.get(controller)
            if place and place != ours.get(controller):
                found[controller] = root / _mount(root, controller) / place.lstrip("/") / file
        place = theirs.get("")
        if place and place != ours.get(""):
            base = (root / "unified" if (root / "unified").is_dir() else root) / place.lstrip("/")
            for controller, file in (("cpuacct", "cpu.stat"), ("memory", "memory.current")):
                if (base / file).exists():
                    found.setdefault(controller, base / file)
        if len(found) == 2 and all(path.exists() for path in found.values()):
            return cls(found["cpuacct"], found["memory"])
        return None

    def read(self) -> Used | None:
        """None: the group is gone."""
        try:
            return Used(self._cpu_us(), self._memory_bytes() / 1e6)
        except (OSError, ValueError, KeyError):
            return None

    def _cpu_us(self) -> int:
        if self._cpu.name == "cpu.stat":
            return _numbers(self._cpu)["usage_usec"]
        return int(self._cpu.read_text()) // 1000

    def _memory_bytes(self) -> int:
        """Files that were read and could be dropped at once say nothing of a program's needs."""
        used = int(self._memory.read_text())
        first_version = self._memory.name == "memory.usage_in_bytes"
        droppable = "total_inactive_file" if first_version else "inactive_file"
        return max(0, used - _numbers(self._memory.with_name("memory.stat")).get(droppable, 0))


def _places(file: Path) -> dict[str, str]:
    """The path of a process's group by controller; version 2 has the empty name."""
    try:
        lines = file.read_text().splitlines()
    except OSError:
        return {}
    parts = (line.split(":", 2) for line in lines)
    return {name: path for _, names, path in parts for name in names.split(",")}


def _mount(root: Path, controller: str) -> str:
    """Controllers of version 1 are often mounted together, with links by their single names."""
    names = (controller, "cpu,cpuacct", "cpuacct,cpu")
    return next((name for name in names if (root / name).is_dir()), controller)


def _numbers(file: Path) -> dict[str, int]:
    return {name: int(value) for name, value in (line.split() for line in file.read_text().splitlines())}
