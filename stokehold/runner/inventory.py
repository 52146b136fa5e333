"""What this node is made of."""

import os
import shutil
from pathlib import Path

import psutil
from msgspec import Struct, structs

from stokehold.domain.protocol import Inventory

_MB = 1024 * 1024


class Claims(Struct, frozen=True):
    """What a machine's owner says of it; what is not said is looked up."""

    cores: int = 0
    memory_mb: int = 0
    cpu_model: str = ""
    gpus: int = -1
    gpu_model: str = ""
    ssd: bool | None = None
    specification: str = ""
    reservation: str = ""


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
        gpus=len(gpus := _gpus()),
        gpu_model=gpus[0] if gpus else "",
        ssd=_on_ssd(Path(folder)),
    )


def told(node: Inventory, claims: Claims) -> Inventory:
    """The inventory with what the owner says instead of what was found."""
    gpus = node.gpus if claims.gpus < 0 else claims.gpus
    return structs.replace(
        node,
        cores=claims.cores or node.cores,
        memory_mb=claims.memory_mb or node.memory_mb,
        cpu_model=claims.cpu_model or node.cpu_model,
        gpus=gpus,
        gpu_model=claims.gpu_model or (node.gpu_model if gpus else ""),
        ssd=node.ssd if claims.ssd is None else claims.ssd,
        specification=claims.specification,
        reservation=claims.reservation,
    )


def _gpus(system: Path = Path("/")) -> list[str]:
    """The models of the GPUs whose drivers are loaded: NVIDIA's, then AMD's."""
    found: list[str] = []
    for file in sorted(system.glob("proc/driver/nvidia/gpus/*/information")):
        lines = dict(line.partition(":")[::2] for line in _read(str(file)).splitlines())
        found.append(lines.get("Model", "").strip() or "NVIDIA")
    for node in sorted(system.glob("sys/class/kfd/kfd/topology/nodes/*")):
        if _read(str(node / "gpu_id")).strip() not in {"", "0"}:
            found.append(_read(str(node / "name")).strip() or "AMD")
    return found


def _on_ssd(folder: Path, system: Path = Path("/sys")) -> bool:
    """Whether the folder's disk does not rotate; where no disk is known for it, whether none of the machine's does."""
    try:
        device = folder.stat().st_dev
        disk = (system / f"dev/block/{os.major(device)}:{os.minor(device)}").resolve(strict=True)
        for place in (disk, disk.parent):
            if (place / "queue/rotational").exists():
                return _read(str(place / "queue/rotational")).strip() == "0"
    except OSError:
        pass
    disks = [disk for disk in (system / "block").glob("*") if (disk / "device").exists()]
    return bool(disks) and all(_read(str(disk / "queue/rotational")).strip() == "0" for disk in disks)


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
