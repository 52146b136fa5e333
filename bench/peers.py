"""The peers, each asked to run `/bin/true` with its output kept: many at once, one by one, or only to take them.

They are large, so they live in a virtual environment of their own (`make bench` builds it). This file is also the
driver that runs there: .venv-bench/bin/python -P bench/peers.py ray rate 1000
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from importlib.metadata import version
from pathlib import Path
from statistics import median, quantiles
from typing import NamedTuple

PROGRAM = "/bin/true"
WORKERS = 2
WARM_UP = 100
PATIENCE_S = 600

HERE = Path(__file__).resolve()
PYTHON = HERE.parent.parent / ".venv-bench" / "bin" / "python"


class Absent(Exception):
    """The peer is not installed, or cannot do this."""


class Run(NamedTuple):
    """A peer's rate. Its start and its warm-up do not count."""

    version: str
    rate: float  # programs a second
    cpu_ms: float | None  # of its own for each program, their start included; None: in several processes


class Delay(NamedTuple):
    """How long a peer takes from a submission of one program to its result."""

    version: str
    p50_ms: float
    p99_ms: float


class Taken(NamedTuple):
    """How long a peer takes to accept so many programs."""

    version: str
    ms: float


def rate(peer: str, count: int) -> Run:
    """Raises Absent."""
    return Run(*_driven(peer, "rate", count))


def delay(peer: str, count: int) -> Delay:
    """Raises Absent."""
    return Delay(*_driven(peer, "delay", count))


def taken(peer: str, count: int) -> Taken:
    """Raises Absent."""
    return Taken(*_driven(peer, "taken", count))


def _driven(peer: str, what: str, count: int) -> list[float]:
    if not PYTHON.exists():
        raise Absent(
            f"{NAMES[peer]} is skipped: there is no {PYTHON.parent.parent.name}, `make bench` builds it"
        )
    with tempfile.TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True) as folder:
        done = subprocess.run(
            [PYTHON, "-P", HERE, peer, what, str(count)],
            cwd=folder, env={**os.environ, **_QUIET}, capture_output=True, text=True, timeout=PATIENCE_S, check=False,
        )  # fmt: skip
    if done.returncode:
        raise Absent(f"{NAMES[peer]} is skipped: {(done.stderr.strip() or 'it failed').splitlines()[-1]}")
    found: list[float] = json.loads(done.stdout.splitlines()[-1])
    return found


_QUIET = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_DEDUP_LOGS": "0", "DASK_LOGGING__DISTRIBUTED": "error"}

#: What the driver holds of a started peer: runs so many programs, returns the seconds that they took.
CarryOut = Callable[[int], float]


class _HyperQueue:
    """Server and worker are threads of this process. Each task writes its two output files."""

    def __init__(self, folder: Path, server: str) -> None:
        from hyperqueue.client import Client

        self._folder, self._client, self._runs = folder, Client(server), 0

    def submit(self, count: int) -> tuple[float, Path, object]:
        """The seconds that the submission took, the folder of the output, the job."""
        from hyperqueue.job import Job

        self._runs += 1
        folder = self._folder / str(self._runs)
        folder.mkdir()
        begin = time.perf_counter()
        job = Job(default_workdir=folder)
        for task in range(count):
            job.program([PROGRAM], stdout=str(folder / f"{task}.out"), stderr=str(folder / f"{task}.err"))
        submitted = self._client.submit(job)
        return time.perf_counter() - begin, folder, submitted

    def carry_out(self, count: int) -> float:
        """Its client looks once a second, which would not be fair: the last output file tells when it ended."""
        begin = time.time()
        _, folder, job = self.submit(count)
        self._client.wait_for_jobs([job])
        return max(entry.stat().st_mtime for entry in os.scandir(folder)) - begin


@contextmanager
def _hyperqueue() -> Iterator[CarryOut]:
    from hyperqueue.cluster import LocalCluster, WorkerConfig

    server = str(Path.cwd() / "server")
    with LocalCluster(server, WorkerConfig(cores=WORKERS)):
        yield _HyperQueue(Path.cwd(), server).carry_out


@contextmanager
def _ray() -> Iterator[CarryOut]:
    import ray

    folder = str(Path.cwd() / "ray")
    ray.init(num_cpus=WORKERS, include_dashboard=False, log_to_driver=False, _temp_dir=folder)
    task = ray.remote(num_cpus=1)(_program)
    yield _timed(lambda count: ray.get([task.remote(number) for number in range(count)]))
    ray.shutdown()


@contextmanager
def _distributed() -> Iterator[CarryOut]:
    from distributed import Client, LocalCluster

    options = {"n_workers": WORKERS, "threads_per_worker": 1, "processes": True, "dashboard_address": None}
    with LocalCluster(**options) as cluster, Client(cluster) as client:
        yield _timed(lambda count: client.gather(client.map(_program, range(count), pure=False)))


def _program(_number: int) -> bytes:
    """What a task of Ray or Dask does: run the program, keep what it prints."""
    return subprocess.run([PROGRAM], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=True).stdout


def _timed(work: Callable[[int], object]) -> CarryOut:
    def carry_out(count: int) -> float:
        begin = time.perf_counter()
        work(count)
        return time.perf_counter() - begin

    return carry_out


#: By the names of their distributions.
_DRIVERS: dict[str, Callable[[], AbstractContextManager[CarryOut]]] = {
    "hyperqueue": _hyperqueue,
    "ray": _ray,
    "distributed": _distributed,
}
NAMES = {"hyperqueue": "HyperQueue", "ray": "Ray", "distributed": "Dask"}


def _measure_rate(peer: str, count: int) -> Run:
    with _DRIVERS[peer]() as carry_out:
        carry_out(WARM_UP)
        used = _cpu_s()
        seconds = carry_out(count)
        cpu_ms = (_cpu_s() - used) / count * 1e3
    return Run(version(peer), count / seconds, cpu_ms if peer == "hyperqueue" else None)


def _measure_delay(peer: str, count: int) -> Delay:
    with _DRIVERS[peer]() as carry_out:
        carry_out(WARM_UP)
        found = [carry_out(1) * 1e3 for _ in range(count)]
    return Delay(version(peer), median(found), quantiles(found, n=100)[98])


def _measure_taken(peer: str, count: int) -> Taken:
    from hyperqueue.cluster import LocalCluster

    with LocalCluster(str(Path.cwd() / "server")) as cluster:  # no worker: it only takes them
        queue = _HyperQueue(Path.cwd(), cluster.cluster.server_dir)
        return Taken(version(peer), median(queue.submit(count)[0] for _ in range(3)) * 1e3)


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main(peer: str, what: str, count: int) -> None:
    measure = {"rate": _measure_rate, "delay": _measure_delay, "taken": _measure_taken}[what]
    print(json.dumps(measure(peer, count)), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
