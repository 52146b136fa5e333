"""Tasks of 10,000 and of 1,000,000 instances: to submit them, to read them at every moment, to cancel them.

python -m bench.large_task [--quick] [--peers hyperqueue]

What is timed without a runner is the server alone. Then the dummy runtime, which starts no program, carries the task
out in 64 slots while one client reads it again and again; of the million only until 50,000 instances have ended.
"""

import argparse
import time
from collections.abc import Callable, Sequence
from statistics import median
from typing import NamedTuple

from bench import floor, peers
from bench.stack import FINAL, Stack, stack, usage

SMALL, LARGE = 10_000, 1_000_000
ENOUGH = 50_000  # ended instances of the large task
SLOTS = 64
TIMES = 20
SUBMIT_MS = {SMALL: 15, LARGE: 50}
READ_MS, CANCEL_MS = 50, 30


class Look(NamedTuple):
    """One GET of the whole task while it runs."""

    ms: float
    ended: int


def at_rest(sizes: Sequence[int]) -> None:
    """Submission, reading and cancelling, with no runner."""
    with stack(runner=False) as running:
        running.abort(running.submit(1))
        for size in sizes:
            floor.show()
            _rest(running, size)


def _rest(running: Stack, size: int) -> None:
    memory = usage(running.pid).rss_mb
    uuids: list[str] = []
    _tell(size, "submit", _times(lambda: uuids.append(running.submit(size))), SUBMIT_MS[size])
    _tell(size, "GET, nothing begun", _times(lambda: running.task(uuids[0])), READ_MS)
    waiting = iter(uuids)
    _tell(size, "cancel, all queued", _times(lambda: running.abort(next(waiting))), CANCEL_MS)
    _tell(size, "GET, cancelled", _times(lambda: running.task(uuids[0])), READ_MS)
    grown = usage(running.pid).rss_mb - memory
    print(f"{size:9,}  the server holds {grown:.1f} MB more after {TIMES} such tasks", flush=True)


def at_work(size: int, enough: int) -> None:
    """Read a task again and again while it is carried out, then abort what is left of it."""
    with stack(runtime="dummy", slots=SLOTS) as running:
        floor.show()
        running.finish(running.submit(100))
        memory = usage(running.pid).rss_mb
        begin = time.perf_counter()
        uuid = running.submit(size)
        print(
            f"{size:9,}  {'submit':22} {(time.perf_counter() - begin) * 1e3:7.1f} ms once, a runner waiting"
        )
        looks = _watch(running, uuid, enough)
        seconds = time.perf_counter() - begin
        _tell_looks(size, looks, enough)
        if looks[-1].ended < size:
            _tell(size, f"abort at {looks[-1].ended:,}", [_ms(lambda: running.abort(uuid))], CANCEL_MS)
        running.finish(uuid, expected="Success" if enough >= size else "Cancelled")
        _tell(size, "GET, over", _times(lambda: running.task(uuid)), READ_MS)
        used = usage(running.pid)
        rate = looks[-1].ended / seconds
        print(
            f"{size:9,}  {rate:,.0f} instances a second; the server: {memory:.0f} MB before, {used.rss_mb:.0f} after"
        )


def _watch(running: Stack, uuid: str, enough: int) -> list[Look]:
    looks: list[Look] = []
    while not looks or looks[-1].ended < enough:
        begin = time.perf_counter()
        task = running.task(uuid)
        ms = (time.perf_counter() - begin) * 1e3
        looks.append(Look(ms, _ended(task.get("status", {}).get("executedRange", ""))))
        if task["state"] in FINAL:
            break
        time.sleep(0.05)
    return looks


def _ended(ranges: str) -> int:
    """How many ids a range like `0-4,7` has."""
    pairs = [part.split("-") for part in ranges.split(",") if part]
    return sum(int(pair[-1]) - int(pair[0]) + 1 for pair in pairs)


def _tell_looks(size: int, looks: list[Look], enough: int) -> None:
    parts = {"begun": (0.0, 0.2), "half-way": (0.4, 0.6), "nearly over": (0.8, 1.0)}
    for name, (low, high) in parts.items():
        times = [look.ms for look in looks if low * enough <= look.ended <= high * enough]
        if times:
            _tell(size, f"GET, {name}", times, READ_MS)


def _tell(size: int, what: str, times: list[float], target: float) -> None:
    print(
        f"{size:9,}  {what:22} {median(times):7.1f} ms   worst of {len(times):2} {max(times):7.1f}   target {target}",
        flush=True,
    )


def _times(action: Callable[[], object]) -> list[float]:
    return [_ms(action) for _ in range(TIMES)]


def _ms(action: Callable[[], object]) -> float:
    begin = time.perf_counter()
    action()
    return (time.perf_counter() - begin) * 1e3


def _peers(invited: list[str], size: int) -> None:
    for name in invited:
        try:
            found = peers.taken(name, size)
            print(f"{size:9,}  submit to {peers.NAMES[name]} {found.version} (in memory): {found.ms:.1f} ms")
        except peers.Absent as absent:
            print(absent)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="few instances, to see that it works")
    parser.add_argument("--peers", default="hyperqueue", help="'' for none")
    options = parser.parse_args()
    floor.pin()
    at_rest([SMALL, LARGE])
    _peers(list(filter(None, options.peers.split(","))), SMALL)
    small, enough = (1000, 1000) if options.quick else (SMALL, ENOUGH)
    at_work(small, small)
    at_work(LARGE, enough)


if __name__ == "__main__":
    main()
