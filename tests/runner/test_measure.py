"""What running programs use, told by real ones."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from stokehold.domain.protocol import Measured, Sample
from stokehold.runner.census import Census
from stokehold.runner.measure import Meter, Sampler, read_line
from tests.waiting import wait_until

BURN = "while True: pass"
HOLD = "x = bytearray(60_000_000); print('ready', flush=True); import time; time.sleep(60)"


@contextmanager
def program(script: str) -> Iterator["subprocess.Popen[bytes]"]:
    running = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, start_new_session=True)
    try:
        yield running
    finally:
        running.kill()
        running.wait()


def meter(running: "subprocess.Popen[bytes]", file: Path | None = None) -> Meter:
    made = Meter("1.a", now(), file)
    made.roots = [running.pid]
    return made


def now() -> int:
    return time.time_ns() // 1000


def look(at: Meter) -> Sample | None:
    return at.look(Census.take(), 2.5, now())


def test_a_program_that_computes_uses_cpu() -> None:
    """What it has used is told in ticks of 10 ms: over a third of a second they are exact enough."""
    begun = now()
    with program(BURN) as running:
        made = Meter("1.a", begun)
        made.roots = [running.pid]
        looked, busy = begun, [0.0]

        def measured() -> bool:
            nonlocal looked
            if now() - looked > 333_000:
                looked = now()
                sample = look(made)
                assert sample is not None
                busy.append(sample.cores)
            return busy[-1] > 0.1

        wait_until(measured, what="a tenth of a core")
        assert max(busy) < 1.5


def test_memory_is_told_with_its_peak() -> None:
    with program(HOLD) as running:
        assert running.stdout is not None
        running.stdout.readline()
        made = meter(running)
        sample = look(made)
        assert sample is not None
        assert 60 < sample.memory_mb < 200
        made.sample.peak_mb = 500
        again = look(made)
        assert again is not None
        assert (again.peak_mb, again.ghz, made.average_ghz) == (500, 2.5, 2.5)


def test_a_program_that_is_over_gives_no_sample() -> None:
    with program("pass") as running:
        running.wait()
        assert look(meter(running)) is None


def test_a_progress_file_is_read_and_what_is_no_number_leaves_the_last(tmp_path: Path) -> None:
    file = tmp_path / "p"
    with program(BURN) as running:
        made = meter(running, file)
        for text, percent in (("12", 12), ("oops", 12), ("0.5\n", 50)):
            file.write_text(text)
            sample = look(made)
            assert sample is not None
            assert sample.progress == percent


def test_a_program_cannot_make_the_runner_read_or_wait_for_something_else(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("42")
    (tmp_path / "link").symlink_to(tmp_path / "secret")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    assert [read_line(tmp_path / name) for name in ("link", "pipe", "folder", "none")] == [""] * 4


class Running:
    """Keeps `Subject`."""

    def __init__(self, meter: Meter | None) -> None:
        self.meter = meter


class Outside:
    """Keeps `Finder`: the process of a container, once it is there."""

    detached = True

    def __init__(self, pid: int) -> None:
        self.pid, self.asked = pid, 0

    async def roots(self, _token: str) -> list[int]:
        self.asked += 1
        return [self.pid] if self.asked > 1 else []


def test_a_round_is_due_for_a_newcomer_and_then_after_its_time() -> None:
    async def story() -> None:
        with program(BURN) as running:
            sampler = Sampler(Outside(running.pid), 3600)
            made = Meter("1.a", now())
            both = {"a": Running(made), "b": Running(None)}
            assert await sampler.round(both, now()) is None, "its process is not there yet"
            measured = await sampler.round(both, now())
            assert isinstance(measured, Measured)
            assert [sample.token for sample in measured.samples] == ["1.a"]
            assert await sampler.round(both, now()) is None, "it is not due"
            soon = Sampler(Outside(running.pid), 0.01)
            assert await soon.round(both, now()) is not None

    asyncio.run(story())


def test_without_instances_there_is_no_round() -> None:
    async def story() -> None:
        assert await Sampler(Outside(1), 0.001).round({}, now()) is None

    asyncio.run(story())


def test_a_thousand_instances_are_measured_in_a_bounded_time() -> None:
    """One look serves them all: its cost is that of the machine's processes."""
    with program(BURN) as running:
        meters = [meter(running) for _ in range(1000)]
        census = Census.take()
        begun = time.process_time()
        for one in meters:
            one.look(census, 1.0, now())
        assert time.process_time() - begun < 1.0
