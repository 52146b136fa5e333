"""How fast submissions are taken, each on disk before its answer: a thousand in one call, and one by one.

python -m bench.submit [--quick] [--databases sqlite,postgresql] [--peers hyperqueue,slurm]
"""

import argparse
import json
import subprocess
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path
from shutil import which
from statistics import median, quantiles
from typing import Any, NamedTuple

from bench import databases, floor, peers
from bench.stack import Stack, stack

LIST, LISTS, QUICK_LISTS = 1000, 20, 3
SINGLES, QUICK_SINGLES = 500, 50
CONNECTIONS = (1, 8)
TARGET = 2_000  # tasks a second of a list, on SQLite

_SHORT = {
    "name": "short",
    "profile": "docker-batch",
    "instanceCount": 1,
    "constants": [{"key": "DOCKER_CMD", "value": "/bin/true"}],
}
#: What a script of the public SDK sends for each frame of a film.
_USUAL: dict[str, Any] = {
    **_SHORT,
    "name": "usual",
    "shortname": None,
    "advancedResourceBuckets": [{"bucketName": "bench-out", "filtering": None, "resourcesTransformation": None}],
    "resultBucket": "bench-out",
    "resultsWhitelist": r"\\.png$",
    "constants": [{"key": f"KEY_{number}", "value": f"value {number}"} for number in range(8)],
    "tags": ["bench", "film"],
    "labels": {"team": "red"},
    "completionTimeToLive": "00:00:00",
    "autoDeleteOnCompletion": False,
}  # fmt: skip


class Link:
    """One connection that stays open, with no more of a client around it than needed."""

    def __init__(self, running: Stack) -> None:
        told = json.loads((running.folder / "endpoints.json").read_text())
        self._http = HTTPConnection(told["api"].removeprefix("http://"), timeout=60)
        self._token = (running.folder / "admin.token").read_text().strip()

    def post(self, path: str, body: bytes, **headers: str) -> tuple[float, Any]:
        """(milliseconds, answer). Raises RuntimeError on what is not a success."""
        begin = time.perf_counter()
        self._http.request("POST", path, body, {"authorization": self._token, **headers})
        response = self._http.getresponse()
        data = response.read()
        ms = (time.perf_counter() - begin) * 1e3
        if response.status != 200:
            raise RuntimeError(f"POST {path}: {response.status} {data[:300]!r}")
        return ms, json.loads(data)


class Singles(NamedTuple):
    """Submissions one by one."""

    ms: list[float]
    rate: float


def lists(running: Stack, task: dict[str, Any], count: int) -> list[float]:
    """The milliseconds of each of so many lists of a thousand tasks."""
    link, body = Link(running), json.dumps([task] * LIST).encode()
    link.post("/tasks", json.dumps([task] * 10).encode())
    found = []
    for _ in range(count):
        ms, items = link.post("/tasks", body)
        assert len({item["uuid"] for item in items}) == LIST, items[:3]
        found.append(ms)
    return found


def singles(running: Stack, connections: int, count: int) -> Singles:
    """So many submissions on each of these connections at once."""
    links, body = [Link(running) for _ in range(connections)], json.dumps(_USUAL).encode()
    with ThreadPoolExecutor(connections) as clients:
        begin = time.perf_counter()
        times = list(clients.map(lambda link: [link.post("/tasks", body)[0] for _ in range(count)], links))
        seconds = time.perf_counter() - begin
    return Singles([ms for each in times for ms in each], count * connections / seconds)


def ours(database: str, *, quick: bool) -> None:
    """Print what our server does on one database."""
    with databases.url(database) as url, stack(runner=False, database=url) as running:
        link = Link(running)
        link.post("/tasks", json.dumps(_SHORT | {"resultBucket": "bench-out"}).encode())
        for name, task in (("short", _SHORT), ("usual", _USUAL)):
            floor.show()
            found = lists(running, task, QUICK_LISTS if quick else LISTS)
            target = f"   target {TARGET:,}" if database == "sqlite" else ""
            print(f"{database:10}  a list of {LIST:,}, {name}:  {_rate(found)}{target}", flush=True)
        for connections in CONNECTIONS:
            done = singles(running, connections, QUICK_SINGLES if quick else SINGLES)
            print(
                f"{database:10}  one by one, {connections} connections:  {done.rate:6,.0f} a second   {_told(done.ms)}",
                flush=True,
            )


def _rate(found: list[float]) -> str:
    rates = [LIST / ms * 1e3 for ms in found]
    return f"median {median(rates):6,.0f} a second, worst {min(rates):6,.0f}   {_told(found)}"


def _told(found: list[float]) -> str:
    p99 = quantiles(found, n=100)[98] if len(found) > 20 else max(found)
    return f"ms: p50 {median(found):6.1f}   p99 {p99:6.1f}   max {max(found):6.1f}"


def _hyperqueue() -> None:
    for count in (LIST, 1):
        found = peers.taken("hyperqueue", count)
        print(
            f"HyperQueue {found.version}  a job of {count:,}, in memory:  "
            f"{count / found.ms * 1e3:6,.0f} a second   {found.ms:.1f} ms",
            flush=True,
        )


def _slurm() -> None:
    """`sbatch` once for each job: there is no call for several that differ."""
    if which("sbatch") is None:
        raise peers.Absent("Slurm is skipped: the program `sbatch` is not installed")
    with tempfile.TemporaryDirectory(prefix="stoke-bench-") as folder:
        script = Path(folder) / "job"
        script.write_text("#!/bin/sh\ntrue\n")
        found = [_sbatch(script) for _ in range(QUICK_SINGLES)]
    print(
        f"Slurm       sbatch, one by one:  {1e3 / median(found):6,.0f} a second   {_told(found)}", flush=True
    )


def _sbatch(script: Path) -> float:
    begin = time.perf_counter()
    subprocess.run(["sbatch", "--hold", script], cwd=script.parent, check=True, capture_output=True)
    return (time.perf_counter() - begin) * 1e3


_PEERS = {"hyperqueue": _hyperqueue, "slurm": _slurm}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="few of each, to see that it works")
    parser.add_argument("--databases", default=",".join(databases.NAMES))
    parser.add_argument("--peers", default=",".join(_PEERS), help="'' for none")
    options = parser.parse_args()
    floor.pin()
    for database in databases.there(options.databases.split(",")):
        ours(database, quick=options.quick)
    for peer in filter(None, options.peers.split(",")):
        try:
            _PEERS[peer]()
        except peers.Absent as absent:
            print(absent)


if __name__ == "__main__":
    main()
