"""The local engine: one runner, on this machine, that outlives the server and is started again when it dies."""

import asyncio
import contextlib
import fcntl
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

import structlog

log = structlog.get_logger()

LOCK = "lock"
LOOK_S = 0.25  # between looks at a runner that an earlier server started
_PAUSES_S = (0.0, 0.1, 0.5, 2.0, 5.0)  # before starting it again, longer each time it dies young
_OLD_S = 30.0  # a runner that lived so long did not die young


class LocalEngine:
    """Keeps a runner alive. A runner holds a lock on its folder: who cannot get it knows that one is there."""

    def __init__(self, url: str, data: Path, options: Sequence[str] = ()) -> None:
        self._folder = data / "runner"
        self._folder.mkdir(mode=0o700, exist_ok=True)
        self._argv = [
            *_stoke(),
            "runner",
            "--server",
            url,
            "--data",
            str(data),
            "--leave-after",
            "10",
            *options,
        ]

    async def run(self) -> None:
        """Until cancelled; cancelling leaves the runner to its instances."""
        deaths = 0
        while True:
            await self._until_free()
            await asyncio.sleep(_PAUSES_S[min(deaths, len(_PAUSES_S) - 1)])
            begun = asyncio.get_running_loop().time()
            code = await self._start().wait()
            lived = asyncio.get_running_loop().time() - begun
            deaths = 0 if lived > _OLD_S else deaths + 1
            log.warning(
                "runner.ended", code=code, lived_s=round(lived, 1), log=str(self._folder / "runner.log")
            )

    async def _until_free(self) -> None:
        while locked(self._folder):
            await asyncio.sleep(LOOK_S)

    def _start(self) -> "_Child":
        with (self._folder / "runner.log").open("ab") as output:
            process = subprocess.Popen(
                self._argv, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
            )
        log.info("runner.started", pid=process.pid)
        return _Child(process)


class _Child:
    """A process that is waited for without a thread, and left alone when the waiting is cancelled."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self._process = process

    async def wait(self) -> int:
        while (code := self._process.poll()) is None:
            await asyncio.sleep(LOOK_S)
        return code


def locked(folder: Path) -> bool:
    """Whether a runner is at work in this folder."""
    with (folder / LOCK).open("ab") as file:
        return not _flock(file)


async def take_lock(folder: Path, patience_s: float) -> contextlib.ExitStack:
    """Hold the folder for this process. Raises TimeoutError when another runner keeps it."""
    with contextlib.ExitStack() as held:
        file = held.enter_context((folder / LOCK).open("ab"))
        async with asyncio.timeout(patience_s):
            while not _flock(file):
                await asyncio.sleep(0.02)
        return held.pop_all()


def _flock(file: BinaryIO) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _stoke() -> list[str]:
    script = Path(sys.executable).with_name("stoke")
    return [str(script)] if script.exists() else [sys.executable, "-m", "stokehold"]
