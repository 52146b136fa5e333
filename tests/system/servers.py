"""Servers that many tests share: one for each way to run a command, started when first asked for."""

import contextlib
import itertools
from pathlib import Path

import qarnot
from qarnot.task import Task

from stokehold.client import Client
from stokehold.client.errors import Forbidden, NotFound
from stokehold.domain.states import FINAL, TaskState
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
ENDING = FINAL | {TaskState.PENDING_CANCEL, TaskState.PENDING_DELETE}
GOING_ON = [state.value for state in TaskState if state not in ENDING]

_NUMBERS = itertools.count(1)


class Server:
    """A running Stokehold, and connections to it: `sdk` of the public SDK, `client` of ours."""

    def __init__(self, stokehold: Stokehold) -> None:
        self.stokehold = stokehold
        self.sdk: qarnot.Connection = stokehold.connection()
        self.client = Client(stokehold.api, stokehold.token)

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

    def let_go(self, sign: str) -> None:
        """Put a file `go` beside each one named `sign`: where a program waits for it, and nowhere else.

        An empty folder is for the next attempt, which would be let go as well.
        """
        for found in (self.stokehold.data / "runner" / "jobs").glob(f"*/{sign}"):
            with contextlib.suppress(FileNotFoundError):  # its program has ended meanwhile
                (found.parent / "go").touch()

    def clear(self) -> None:
        """Stop every task that goes on."""
        for task in self.client.tasks(states=GOING_ON):
            with contextlib.suppress(Forbidden, NotFound):  # it ended meanwhile
                task.abort()


class Servers:
    """The shared servers, by the names of SETTINGS. With other settings of the runner it is another server."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._running: dict[tuple[str, str], Server] = {}
        self._used: set[tuple[str, str]] = set()
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
        self._used.add(key)
        return self._running[key]

    def clear(self) -> None:
        """Stop what goes on in those that were asked for since the last time."""
        while self._used:
            self._running[self._used.pop()].clear()

    def close(self) -> None:
        """Stop all, and see that nothing survives."""
        for server in self._running.values():
            server.client.close()
        self._open.close()
