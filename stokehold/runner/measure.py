"""Measuring what running instances use, every few seconds and for a bounded part of a core."""

import asyncio
import os
import stat
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from stokehold.domain import progress
from stokehold.domain.protocol import Measured, Sample
from stokehold.runner.census import Census
from stokehold.runner.cgroup import Cgroup
from stokehold.runner.frequency import current_ghz
from stokehold.runner.traffic import Counters, apart, counters

LOOK_S = 1.0  # an instance that has not been measured waits so long at the most
SHARE = 20  # measuring takes this part of the time at the most: on a node with more instances it is done less often
ASKED = 4  # containers that are looked for in one round: it takes a program's start for each
_LONGEST = 64  # bytes of a progress file


class Meter:
    """What is remembered of one instance between two looks. `sample` is the last one."""

    def __init__(self, token: str, started_at: int, progress_file: Path | None = None) -> None:
        """`started_at` is when its program began, in microseconds since 1970."""
        self.roots: list[int] = []  # pids: the main process, or those that a detached runtime named
        self.progress = 0.0
        self.sample = Sample(token)
        self.looks = 0
        self._file = progress_file
        self._at_us, self._cpu_us = started_at, 0
        self._cgroup: Cgroup | None = None
        self._network: int | None = None  # a pid; 0: it has no network of its own
        self._traffic = Counters()
        self._ghz = 0.0

    @property
    def average_ghz(self) -> float:
        return round(self._ghz / self.looks, 3) if self.looks else 0.0

    def look(self, census: Census, ghz: float, at_us: int) -> Sample | None:
        """Measure; None when it is over."""
        pids = census.tree(self.roots)
        if not pids:
            return None
        if not self.looks:
            self._cgroup = Cgroup.of(self.roots[0])
            self._network = apart(pids) or 0
            self._traffic = (self._network and counters(self._network)) or Counters()
        cpu_us, memory_mb = self._used(census, pids)
        elapsed = max(1, at_us - self._at_us)
        last = self.sample
        cores = max(0, cpu_us - self._cpu_us) / elapsed
        received, sent = self._rates(elapsed)
        self._read_progress()
        self.sample = Sample(
            last.token, round(cores, 3), round(memory_mb, 2), round(max(last.peak_mb, memory_mb), 2),
            received, sent, ghz, round(self.progress, 2), last.download_us, last.environment_us,
        )  # fmt: skip
        self._at_us, self._cpu_us = at_us, cpu_us
        self.looks, self._ghz = self.looks + 1, self._ghz + ghz
        return self.sample

    def _used(self, census: Census, pids: set[int]) -> tuple[int, float]:
        used = self._cgroup.read() if self._cgroup else None
        return used if used is not None else (census.cpu_us(pids), census.memory_mb(pids))

    def _rates(self, elapsed: int) -> tuple[float, float]:
        """Kilobits a second, in and out."""
        now = counters(self._network) if self._network else None
        if now is None:
            return 0.0, 0.0
        before, self._traffic = self._traffic, now
        received, sent = (
            max(0, b - a) * 8e3 / elapsed if self.looks else 0.0 for a, b in zip(before, now, strict=True)
        )
        return round(received, 2), round(sent, 2)

    def _read_progress(self) -> None:
        told = progress.number(read_line(self._file)) if self._file else None
        if told is not None:
            self.progress = told


def read_line(file: Path) -> str:
    """What a program wrote to a small file of its own; nothing when that is no plain file: it may try to mislead us."""
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return ""
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return ""
        return os.read(descriptor, _LONGEST).decode("ascii", "replace").strip()
    except OSError:
        return ""
    finally:
        os.close(descriptor)


class Subject(Protocol):
    """An instance that runs, as far as measuring it needs."""

    @property
    def meter(self) -> Meter | None:
        """None until its program has begun."""


class Finder(Protocol):
    """Finds the processes of instances that do not descend from the program which was started for them."""

    detached: bool

    async def roots(self, token: str) -> list[int]: ...


class Sampler:
    """Measures the running instances of a node; nothing at all while there are none."""

    def __init__(self, finder: Finder, every_s: float) -> None:
        self._finder, self._every_s = finder, every_s
        self._rested = 0.0  # when the last round was over, on the monotonic clock
        self._spent = 0.0  # seconds of it

    async def wait(self) -> None:
        """Until it may be time for a round."""
        await asyncio.sleep(max(min(LOOK_S, self._every_s), self._spent * SHARE))

    async def round(self, running: Mapping[str, Subject], at_us: int) -> Measured | None:
        """One round, when it is due: the usual time has passed, or an instance has never been measured."""
        meters = [meter for subject in running.values() if (meter := subject.meter) is not None]
        fresh = any(not meter.looks for meter in meters)
        if not meters or not (fresh or time.monotonic() - self._rested >= self._every_s):
            return None
        if self._finder.detached:
            await self._find(meters)
        samples = await asyncio.to_thread(self._look, meters, at_us)
        return Measured(at_us, samples) if samples else None

    async def _find(self, meters: Iterable[Meter]) -> None:
        lost = [meter for meter in meters if not meter.roots]
        for meter in lost[:ASKED]:
            meter.roots = await self._finder.roots(meter.sample.token)

    def _look(self, meters: Sequence[Meter], at_us: int) -> list[Sample]:
        begun = time.monotonic()
        census, ghz = Census.take(), current_ghz()
        looks = (meter.look(census, ghz, at_us) for meter in meters if meter.roots)
        samples = [sample for sample in looks if sample is not None]
        self._rested = time.monotonic()
        self._spent = self._rested - begun
        return samples
