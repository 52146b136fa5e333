"""What this node is made of."""

import os
import shutil
from pathlib import Path

import psutil

from stokehold.domain.protocol import Inventory

_MB = 1024 * 1024


def inventory(name: str, slots: int, runtime_name: str, folder: str | Path = "/") -> Inventory:
    """Look at the machine. `folder` is where instances will write: its disk counts."""
    return Inventory(
        name=name,
        cores=len(os.sched_getaffinity(0)),
        memory_mb=min(psutil.virtual_memory().total, _allowed_memory()) // _MB,
        disk_mb=shutil.disk_usage(folder).free // _MB,
        slots=slots,
        cpu_model=_cpu_model(),
        max_ghz=_max_ghz(),
        runtime=runtime_name,
    )


def _allowed_memory() -> int:
    """The limit of the container or job that the runner itself is in, in bytes; without one, a very large number."""
    for limit in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        text = _read(limit).strip()
        if text.isdigit():
            return int(text)
    return 2**63


def _cpu_model() -> str:
    for line in _read("/proc/cpuinfo").splitlines():
        key, _, value = line.partition(":")
        if key.strip() in {"model name", "Model", "Processor"}:
            return " ".join(value.split())
    return ""


def _max_ghz() -> float:
    frequency = _read("/sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq").strip()
    if frequency.isdigit():
        return round(int(frequency) / 1e6, 2)
    speeds = [
        line.partition(":")[2] for line in _read("/proc/cpuinfo").splitlines() if line.startswith("cpu MHz")
    ]
    return round(max(map(float, speeds), default=0.0) / 1e3, 2)


def _read(path: str) -> str:
    try:
        return Path(path).read_text(errors="replace")
    except OSError:
        return ""
