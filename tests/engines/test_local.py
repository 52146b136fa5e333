"""The local engine: one runner in a folder, started again when it dies, left alone when the server goes."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from stokehold.engines import local
from stokehold.engines.local import LocalEngine, locked, take_lock
from tests.runner.keeping import alive
from tests.waiting import eventually

#: In place of `stoke runner`: takes the lock of its folder as a runner does, says who it is, and stays.
STAND_IN = """
import asyncio, os, pathlib, sys, time
from stokehold.engines.local import take_lock
folder = pathlib.Path(sys.argv[sys.argv.index("--data") + 1]) / "runner"
async def main():
    with await take_lock(folder, 10):
        with (folder / "pids").open("a") as file:
            file.write(f"{os.getpid()} {os.getpgrp()} {' '.join(sys.argv[1:])}\\n")
        await asyncio.sleep(600)
asyncio.run(main())
"""


def pids(folder: Path) -> list[int]:
    """Every runner that was started so far."""
    file = folder / "runner" / "pids"
    return [int(line.split()[0]) for line in file.read_text().splitlines()] if file.exists() else []


@contextlib.asynccontextmanager
async def engine(folder: Path, *options: str) -> AsyncIterator["asyncio.Task[None]"]:
    running = asyncio.create_task(LocalEngine("http://127.0.0.1:1", folder, options).run())
    try:
        yield running
    finally:
        running.cancel()


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    program = tmp_path / "stand-in"
    program.write_text(STAND_IN)
    monkeypatch.setattr(local, "_stoke", lambda: [sys.executable, str(program)])
    monkeypatch.setattr(local, "LOOK_S", 0.01)
    monkeypatch.setattr(local, "_PAUSES_S", (0.0, 0.01))
    yield tmp_path
    for pid in pids(tmp_path):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def test_a_runner_that_dies_is_started_again(data: Path) -> None:
    async def story() -> None:
        async with engine(data, "--config", "file.toml"):
            for count in (1, 2, 3):
                await eventually(lambda count=count: len(pids(data)) == count, 20)  # type: ignore[misc]
                os.kill(pids(data)[-1], signal.SIGKILL)
            await eventually(lambda: len(pids(data)) == 4)
        words = (data / "runner" / "pids").read_text().splitlines()[0].split()
        assert words[0] == words[1]  # a process group of its own
        assert words[2:] == [
            "runner", "--server", "http://127.0.0.1:1", "--data", str(data), "--leave-after", "10",
            "--config", "file.toml",
        ]  # fmt: skip

    asyncio.run(story())


def test_a_runner_outlives_its_server_and_is_not_doubled_by_the_next(data: Path) -> None:
    async def story() -> None:
        async with engine(data):
            await eventually(lambda: len(pids(data)) == 1)
        [pid] = pids(data)
        assert alive(pid)
        async with engine(data):
            await eventually(lambda: locked(data / "runner"))
            for _ in range(20):  # it looks, and looks again
                await asyncio.sleep(local.LOOK_S)
            assert pids(data) == [pid]
            os.kill(pid, signal.SIGKILL)
            await eventually(lambda: len(pids(data)) == 2)

    asyncio.run(story())


def test_the_folder_belongs_to_its_user_alone(data: Path) -> None:
    LocalEngine("http://127.0.0.1:1", data)
    assert (data / "runner").stat().st_mode & 0o777 == 0o700


def test_a_lock_is_held_by_one_and_waited_for(tmp_path: Path) -> None:
    async def story() -> None:
        assert not locked(tmp_path)
        with await take_lock(tmp_path, 1.0):
            assert locked(tmp_path)
            with pytest.raises(TimeoutError):
                await take_lock(tmp_path, 0.01)
            waiting = asyncio.create_task(take_lock(tmp_path, 5.0))
            await asyncio.sleep(0)
            assert not waiting.done()
        with await waiting:
            assert locked(tmp_path)
        assert not locked(tmp_path)

    asyncio.run(story())
