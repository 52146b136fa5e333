"""How fast the cores of this machine run now."""

from pathlib import Path

CPUS = Path("/sys/devices/system/cpu")
CPUINFO = Path("/proc/cpuinfo")


def current_ghz(cpus: Path = CPUS, cpuinfo: Path = CPUINFO) -> float:
    """The average over the cores, in GHz; 0 when the kernel does not tell."""
    speeds = [_khz(file) / 1e6 for file in cpus.glob("cpufreq/policy*/scaling_cur_freq")]
    speeds = [speed for speed in speeds if speed] or _told(cpuinfo)
    return round(sum(speeds) / len(speeds), 3) if speeds else 0.0


def _khz(file: Path) -> int:
    try:
        return int(file.read_text())
    except (OSError, ValueError):
        return 0


def _told(cpuinfo: Path) -> list[float]:
    try:
        lines = cpuinfo.read_text(errors="replace").splitlines()
    except OSError:
        return []
    return [float(line.partition(":")[2]) / 1e3 for line in lines if line.startswith("cpu MHz")]
