"""Runners for tests: in the test's own process, or as the process that a user starts."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

from stokehold.domain.protocol import Inventory
from stokehold.runner import processes
from stokehold.runner.agent import Agent, Settings
from stokehold.runner.keeper import prefix
from stokehold.runner.runtime.launch import Runtime
from stokehold.runner.runtime.process import Process
from stokehold.runner.server_link import ServerLink
from tests.runner.hold import Hold
from tests.waiting import DEADLINE_S


def agent(
    hold: Hold, root: Path, runtime: Runtime | None = None, slots: int = 2, leave_after_s: float = 0.0
) -> Agent:
    """A runner of this hold."""
    root.mkdir(exist_ok=True)
    settings = Settings(root, slots, 0, 100, 1.0, leave_after_s)
    inventory = Inventory(root.name, cores=2, memory_mb=2048, slots=slots)
    return Agent(settings, ServerLink(hold.url, hold.token_file), runtime or Process(), inventory)


@contextlib.asynccontextmanager
async def working(
    hold: Hold, root: Path, runtime: Runtime | None = None, slots: int = 2
) -> AsyncIterator[Agent]:
    """A runner at work; SIGTERM ends it."""
    made = agent(hold, root, runtime, slots)
    task = asyncio.create_task(made.run())
    await asyncio.sleep(0)  # it listens to signals from its first step on
    try:
        yield made
    finally:
        if not task.done():
            signal.raise_signal(signal.SIGTERM)
        await asyncio.wait_for(task, DEADLINE_S)
        assert left(root) == {}


class Runner:
    """`stoke runner`, which can be killed."""

    def __init__(self, hold: Hold, slots: int = 2) -> None:
        self.hold, self.slots = hold, slots
        self.root = hold.folder / "runner"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> "subprocess.Popen[bytes]":
        words = ["--server", self.hold.url, "--data", str(self.hold.folder)]
        wanted = {"RUNTIME": "process", "SANDBOX": "none", "SLOTS": str(self.slots), "GRACE_S": "1"}
        env = {name: value for name, value in os.environ.items() if not name.startswith("STOKE_")}
        env |= {f"STOKE_RUNNER_{name}": value for name, value in wanted.items()}
        with (self.hold.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "stokehold", "runner", *words], env=env, stdout=log, stderr=log
            )
        return self.process

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def end(self) -> int:
        """SIGTERM; its exit code."""
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(DEADLINE_S)


@contextlib.contextmanager
def runner(hold: Hold, slots: int = 2) -> Iterator[Runner]:
    """A runner's process; afterwards nothing of it is left."""
    made = Runner(hold, slots)
    made.start()
    try:
        yield made
        if made.process is not None and made.process.poll() is None:
            made.end()
        assert left(made.root) == {}
    finally:
        if made.process is not None and made.process.poll() is None:
            made.kill()
        processes.send(left(made.root), signal.SIGKILL)


def left(root: Path) -> dict[int, str]:
    """The programs of this runner's folder that still run, by pid."""
    return dict(processes.marked(prefix(root) + "-")) if root.exists() else {}
