"""The table: which row proves which member of the SDK, and what of the server a row needs.

A row is written for the finished thing. While something that it needs is in `stokehold/api/unbuilt.py`, it must be
answered 501 instead; nothing is edited when that is built.
"""

import inspect
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from msgspec import Struct
from qarnot.bucket import Bucket
from qarnot.connection import Connection
from qarnot.job import Job
from qarnot.task import Task

from stokehold.api.unbuilt import CAPABILITIES, FIELDS
from tests.system.cluster import TASK_S
from tests.system.servers import Server
from tests.waiting import wait_until

CLASSES = (Connection, Task, Job, Bucket)

#: Members that no row drives: the capability, in unbuilt.py, of which they are a part.
LATER = {
    "Connection.all_pools": "Pools",
    "Connection.create_elastic_pool": "Pools",
    "Connection.create_pool": "Pools",
    "Connection.pools": "Pools",
    "Connection.pools_page": "Pools",
    "Connection.retrieve_pool": "Pools",
    "Job.pool": "Pools",
    "Task.pool": "Pools",
    "Connection.credits": "Credits, projects and budgets",
    "Task.credits": "Credits, projects and budgets",
    "Task.project": "Credits, projects and budgets",
    "Task.carbon_facts": "Carbon facts",
    "Task.forced_network_rules": "Port forwarding and network rules",
}


class Ground:
    """What a row stands on: a server, a connection, and a folder of its own."""

    def __init__(self, server: Server, folder: Path) -> None:
        self.server, self.sdk, self.folder = server, server.sdk, folder

    def file(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def again(self, task: Task) -> Task:
        """The same task, as another program finds it."""
        return self.sdk.retrieve_task(task.uuid)

    def told(self, path: str) -> Any:
        """What the API answers: for what the SDK sends and never reads."""
        response = self.sdk._get(path)
        assert response.status_code == 200, response.text
        return response.json()

    def waiting(self, command: str = "", **constants: str) -> "Waiting":
        """A task of one instance that runs `command` and ends when it is let go."""
        return Waiting(self, command, **constants)


class Waiting:
    """A task whose instance runs until it is told to go on. Leaving the context ends it."""

    def __init__(self, ground: Ground, command: str = "", **constants: str) -> None:
        self.gate = ground.folder / f"gate-{len(list(ground.folder.iterdir()))}"
        self.gate.touch()  # so that the next one has another name
        script = f"{command or ':'}; echo begun; while test -e {self.gate}; do sleep 0.02; done; echo gone"
        self.task = ground.server.task(f"sh -c '{script}'", **constants)

    def __enter__(self) -> "Waiting":
        return self

    def __exit__(self, *_: object) -> None:
        self.go()

    def begin(self) -> Task:
        """Submit, and wait until the command runs."""
        self.task.submit()
        return self.begun()

    def begun(self) -> Task:
        wait_until(lambda: "begun" in self.task.stdout(), TASK_S, "the command runs")
        self.task.update(True)
        return self.task

    def go(self) -> Task:
        self.gate.unlink(missing_ok=True)
        return self.task


Drive = Callable[[Ground], None]


class Row(Struct, frozen=True):
    """A function that drives some members and asserts their effect."""

    members: tuple[str, ...]
    drive: Drive
    needs: tuple[str, ...] = ()

    def lacks(self) -> list[str]:
        """What it needs that is not built."""
        return [need for need in self.needs if need in unbuilt()]


ROWS: list[Row] = []


def proves(*members: str, needs: tuple[str, ...] = ()) -> Callable[[Drive], Drive]:
    """Enter a row. `needs`: operations ("POST /jobs") and fields of a submission ("jobUuid")."""

    def enter(drive: Drive) -> Drive:
        ROWS.append(Row(members, drive, needs))
        return drive

    return enter


def unbuilt() -> set[str]:
    return {*FIELDS, *(operation for capability in CAPABILITIES for operation in capability.operations)}


def public() -> Iterator[str]:
    """Every public method and property of the classes, `Class.member`."""
    for owner in CLASSES:
        for name, _ in inspect.getmembers(owner):
            if not name.startswith("_"):
                yield f"{owner.__name__}.{name}"
