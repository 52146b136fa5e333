"""What the machine can do at all in this minute: the floor below every other number.

python -m bench.floor [--count 2000]
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from typing import NamedTuple

PROGRAM = "/bin/true"
CORES = 2  # everything is measured on two, however many there are


class Spawn(NamedTuple):
    """One program by `posix_spawn` and `wait4`, output to two files: ms of CPU in the parent, and of clock."""

    cpu_ms: float
    wall_ms: float


def pin() -> None:
    """Keep this process, and all that it starts, on two cores."""
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])


def xargs(count: int = 2000) -> float:
    """How many `/bin/true` a second `xargs -P2 -n1` runs."""
    words = "".join(f"{number}\n" for number in range(count)).encode()
    begin = time.perf_counter()
    subprocess.run(["xargs", f"-P{CORES}", "-n1", PROGRAM], input=words, check=True)
    return count / (time.perf_counter() - begin)


def spawn(count: int = 2000) -> Spawn:
    """Measured in a small process of its own, one program after the other."""
    with tempfile.TemporaryDirectory(prefix="stoke-bench-") as folder:
        done = subprocess.run(
            [sys.executable, "-c", _SPAWNS, str(count), PROGRAM], cwd=folder, capture_output=True, check=True
        )
    return Spawn(*json.loads(done.stdout))


_SPAWNS = """
import os, resource, sys, time
count, program = int(sys.argv[1]), sys.argv[2]
def once(number):
    append = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    files = [(os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0)]
    files += [(os.POSIX_SPAWN_OPEN, i, f"{number}.{i}", append, 0o600) for i in (1, 2)]
    pid = os.posix_spawn(program, [program], os.environ, file_actions=files, setsid=True, setsigmask=[])
    os.wait4(pid, 0)
begin, used = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF)
for number in range(count):
    once(number)
now = resource.getrusage(resource.RUSAGE_SELF)
cpu = now.ru_utime + now.ru_stime - used.ru_utime - used.ru_stime
print([cpu / count * 1e3, (time.perf_counter() - begin) / count * 1e3])
"""


def show(count: int = 2000) -> float:
    """Print the floor and the load of this minute; returns the floor, in programs a second."""
    load = os.getloadavg()[0]
    rate = xargs(count)
    print(
        f"   floor: xargs -P{CORES} -n1 {PROGRAM} {rate:,.0f}/s; load average before it {load:.1f}",
        flush=True,
    )
    return rate


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=2000)
    count = parser.parse_args().count
    pin()
    show(count)
    found = spawn(count)
    print(
        f"   one posix_spawn: {found.cpu_ms:.2f} ms of CPU in the parent, {found.wall_ms:.2f} ms until it ended"
    )


if __name__ == "__main__":
    main()
