"""Servers that many tests share: one for each way to run a command, started when first asked for."""

import contextlib
import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
import qarnot
from qarnot.task import Task

from tests import tools
from tests.system import images
from tests.system.cluster import TASK_S, Stokehold, final

#: How the runner of each is configured; scenarios use these names.
SETTINGS: dict[str, dict[str, str]] = {
    "process": {"STOKE_RUNNER_RUNTIME": "process", "STOKE_RUNNER_SANDBOX": "none"},
    "bwrap": {"STOKE_RUNNER_RUNTIME": "process", "STOKE_RUNNER_SANDBOX": "bwrap"},
    "podman": {"STOKE_RUNNER_RUNTIME": "podman"},
}
GRACE_S = 1.0

_NUMBERS = itertools.count(1)


class Server:
    """A running Stokehold and a connection of the public SDK to it."""

    def __init__(self, stokehold: Stokehold) -> None:
        self.stokehold = stokehold
        self.sdk: qarnot.Connection = stokehold.connection()

    def task(self, command: str, instances: int | str = 1, **constants: str) -> Task:
        """A task that is not submitted yet."""
        task = self.sdk.create_task(f"test-{next(_NUMBERS)}", "docker-batch", instances)
        task.constants["DOCKER_CMD"] = command
        for name, value in constants.items():
            task.constants[name] = value
        return task

    def bucket(self, name: str = "") -> qarnot.bucket.Bucket:
        return self.sdk.create_bucket(name or f"bucket-{next(_NUMBERS)}")

    def submit(self, command: str, instances: int | str = 1, **constants: str) -> Task:
        task = self.task(command, instances, **constants)
        task.submit()
        return task

    def run(self, command: str, instances: int | str = 1, **constants: str) -> Task:
        """Submit, and wait for the end."""
        return final(self.submit(command, instances, **constants))

    def ended(self, task: Task, deadline_s: float = TASK_S) -> Task:
        return final(task, deadline_s)


class Servers:
    """The shared servers, by the names of SETTINGS. With other settings of the runner it is another server."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._running: dict[tuple[str, str], Server] = {}
        self._open = contextlib.ExitStack()

    def __call__(self, kind: str, **settings: str) -> Server:
        key = (kind, str(sorted(settings.items())))
        if key not in self._running:
            if kind == "podman":
                images.ready()
            elif kind == "bwrap":
                tools.require("bwrap")
            env = {"STOKE_RUNNER_GRACE_S": str(GRACE_S), **SETTINGS[kind], **settings}
            stokehold = Stokehold(self._folder / f"{kind}-{len(self._running)}", env)
            self._running[key] = Server(self._open.enter_context(stokehold))
        return self._running[key]

    def close(self) -> None:
        """Stop all, and see that nothing survives."""
        self._open.close()


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    made = Servers(tmp_path_factory.mktemp("servers"))
    yield made
    made.close()
