"""How many instances of `/bin/true` a second one node with two cores carries out, beside its peers.

python -m bench.instances [--quick] [--rounds 3] [--peers hyperqueue,ray,distributed]

End to end: from the POST of the task until a GET says `Success`, everything durable, output captured and kept.
"""

import argparse
import subprocess
import time
from collections import defaultdict
from collections.abc import Iterator
from shutil import which
from statistics import median
from typing import NamedTuple

from bench import floor, peers
from bench.stack import Stack, stack

WARM_UP = 200
OURS, OURS_IN_BWRAP = "Stokehold", "Stokehold, in bwrap"
SETTLE_S = 1.0  # cleaning up after the last instance belongs to its cost


class Sizes(NamedTuple):
    """How many programs each runs in a round."""

    plain: int = 10_000
    sandboxed: int = 2_000
    hyperqueue: int = 6_000  # a short run would measure the look that its client takes once a second
    other: int = 10_000


QUICK = Sizes(1000, 300, 1000, 1000)


class Block(NamedTuple):
    """One run of one contender."""

    rate: float
    cpu: dict[str, float]  # ms for each program, of each of its processes


def ours(count: int, sandbox: str) -> Block:
    """A fresh server and runner; a warm-up, then one task."""
    with stack(sandbox=sandbox) as running:
        running.finish(running.submit(WARM_UP))
        before = running.usage()
        rate = count / _seconds(running, count)
        time.sleep(SETTLE_S)
        after = running.usage()
    return Block(rate, {name: (after[name].cpu_s - before[name].cpu_s) / count * 1e3 for name in after})


def _seconds(running: Stack, count: int) -> float:
    begin = time.perf_counter()
    uuid = running.submit(count)
    running.finish(uuid, pause_s=0.1)  # watching costs the server too
    seconds = time.perf_counter() - begin
    task = running.task(uuid)
    assert task["status"]["succeededRange"] == f"0-{count - 1}", task["status"]["succeededRange"]
    return seconds


def bare_bwrap(count: int) -> float:
    """How many a second xargs starts in the smallest useful sandbox: the floor for ours."""
    sandbox = [
        "bwrap",
        "--unshare-all",
        "--ro-bind",
        "/",
        "/",
        "--proc",
        "/proc",
        "--dev",
        "/dev",
        floor.PROGRAM,
    ]
    begin = time.perf_counter()
    words = "\n" * count
    subprocess.run(["xargs", f"-P{floor.CORES}", "-d\\n", "-n1", *sandbox], input=words.encode(), check=True)
    return count / (time.perf_counter() - begin)


class Contest:
    """The blocks of all rounds, with the floors between them."""

    def __init__(self, sizes: Sizes, invited: list[str]) -> None:
        self._sizes, self._invited = sizes, invited
        self.blocks: defaultdict[str, list[Block]] = defaultdict(list)
        self.of_floor: defaultdict[str, list[float]] = defaultdict(list)
        self.spawns: list[float] = []
        self.bwrap: list[float] = []

    def round(self) -> None:
        """Every contender once, a floor before each."""
        for name, block, floors in self._run():
            self.blocks[name].append(block)
            self.of_floor[name].append(block.rate / (sum(floors) / 2))
            told = "  ".join(f"{process} {ms:.2f}" for process, ms in block.cpu.items())
            print(f"{name:22}{block.rate:8,.0f}/s   {'CPU ms each: ' + told if told else ''}", flush=True)
        self.spawns.append(floor.spawn().cpu_ms)

    def _run(self) -> Iterator[tuple[str, Block, tuple[float, float]]]:
        before = floor.show()
        for name in [OURS, *self._invited, OURS_IN_BWRAP]:
            found = self._block(name)
            if found is not None:
                after = floor.show()
                yield *found, (before, after)
                before = after

    def _block(self, name: str) -> tuple[str, Block] | None:
        if name == OURS:
            return name, ours(self._sizes.plain, "none")
        if name == OURS_IN_BWRAP:
            return self._sandboxed()
        return self._peer(name)

    def _sandboxed(self) -> tuple[str, Block] | None:
        if which("bwrap") is None:
            print("skipped, the sandbox: bubblewrap is not installed")
            return None
        self.bwrap.append(bare_bwrap(self._sizes.sandboxed))
        return OURS_IN_BWRAP, ours(self._sizes.sandboxed, "bwrap")

    def _peer(self, name: str) -> tuple[str, Block] | None:
        try:
            run = peers.rate(name, self._sizes.hyperqueue if name == "hyperqueue" else self._sizes.other)
        except peers.Absent as absent:
            print(absent)
            self._invited.remove(name)
            return None
        cpu = {} if run.cpu_ms is None else {"all": run.cpu_ms}
        return f"{peers.NAMES[name]} {run.version}", Block(run.rate, cpu)

    def show(self) -> None:
        print(f"\n{'':22}{'median/s':>10}{'worst/s':>10}{'of xargs':>10}")
        for name, blocks in self.blocks.items():
            rates = [block.rate for block in blocks]
            print(f"{name:22}{median(rates):10,.0f}{min(rates):10,.0f}{median(self.of_floor[name]):10.2f}")
        print()
        self._show_ratios()
        self._show_cpu()

    def _show_ratios(self) -> None:
        targets = {"HyperQueue": "at least 3", "Ray": "more than 1", "Dask": "more than 1"}
        mine = [block.rate for block in self.blocks[OURS]]
        for name, blocks in self.blocks.items():
            if target := targets.get(name.partition(" ")[0]):
                ratios = [a / b.rate for a, b in zip(mine, blocks, strict=False)]
                print(f"to {name:19} {median(ratios):6.2f}   worst {min(ratios):.2f}   target: {target}")
        ratios = self.of_floor[OURS]
        print(f"{'to xargs':22} {median(ratios):6.2f}   worst {min(ratios):.2f}   target: at least 0.6")
        if self.bwrap:
            rates = [block.rate for block in self.blocks[OURS_IN_BWRAP]]
            ratio = median(a / b for a, b in zip(rates, self.bwrap, strict=True))
            print(
                f"{'in bwrap, to xargs':22} {ratio:6.2f}   xargs with a bare bwrap: {median(self.bwrap):,.0f}/s"
            )

    def _show_cpu(self) -> None:
        """The keeper's CPU holds the spawn: that of a bare loop of posix_spawn and wait4 is taken off."""
        spawn = median(self.spawns)
        print(
            "\nCPU of the control plane, ms for each instance (the target is at most 0.6 without the spawn)"
        )
        for name in filter(self.blocks.get, (OURS, OURS_IN_BWRAP)):
            each = {p: median(b.cpu[p] for b in self.blocks[name]) for p in self.blocks[name][0].cpu}
            told = " + ".join(f"{process} {ms:.2f}" for process, ms in each.items())
            total = sum(each.values())
            print(f"{name:22} {told} = {total:.2f}; less {spawn:.2f} for the spawn: {total - spawn:.2f}")
        for name, blocks in self.blocks.items():
            if "all" in blocks[0].cpu:
                cpu = median(block.cpu["all"] for block in blocks)
                print(f"{name:22} {cpu:.2f} with the spawn, in one process; less the same: {cpu - spawn:.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="one small round, to see that it works")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--peers", default=",".join(peers.NAMES), help="'' for none")
    options = parser.parse_args()
    floor.pin()
    contest = Contest(QUICK if options.quick else Sizes(), list(filter(None, options.peers.split(","))))
    for number in range(options.rounds or (1 if options.quick else 3)):
        print(f"round {number + 1}", flush=True)
        contest.round()
    contest.show()


if __name__ == "__main__":
    main()
