"""Snapshots of running tasks through the public SDK: real server, real runner, real programs."""

import json
from pathlib import Path
from typing import Any

import pytest
from qarnot.exceptions import MissingTaskException, QarnotGenericException, UnauthorizedException
from qarnot.task import Task

from tests.system.cluster import Stokehold, final
from tests.system.servers import SETTINGS, Server, Servers
from tests.waiting import wait_until

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of the SDK, about itself

EVERYWHERE = list(SETTINGS)
DONE_S = 30.0

#: Makes files, says so, and goes on until the file `go` is there; a file of its own is in the end result only.
STEPS = (
    "sh -c 'mkdir -p d; echo one >one-$INSTANCE_ID; echo two >d/two-$INSTANCE_ID; echo ready; "
    "until [ -e go ]; do sleep 0.05; done; echo last >last-$INSTANCE_ID'"
)


def begun(server: Server, instances: int = 1, command: str = STEPS, **fields: Any) -> tuple[Task, Any]:
    """A task whose instances all run and have made files, and its input bucket."""
    inputs = server.bucket()
    task = server.task(command, instances)
    task.resources = [inputs]
    if fields.pop("results", True):
        task.results = server.bucket()
    for name, value in fields.items():
        setattr(task, name, value)
    task.submit()
    wait_until(lambda: task.stdout().count("ready") == instances, DONE_S, "all instances run")
    wait_until(lambda: running(task) == instances, DONE_S, "the server knows that all run")
    return task, inputs


def running(task: Task) -> int:
    task.update(True)
    return task.running_instance_count


def go(task: Task, inputs: Any) -> Task:
    """Let the instances end: an input that is refreshed."""
    inputs.add_string("go", "go")
    task.update_resources()
    return final(task)


def over(task: Task, name: str) -> Any:
    """The snapshot at its end."""

    def ended() -> Any:
        snapshot = task.snapshot_status(name)
        return snapshot if snapshot._status.is_completed else None

    return wait_until(ended, DONE_S, "the snapshot is over")


def keys(bucket: Any) -> set[str]:
    return {o.key for o in bucket.list_files()}


def told(server: Server, path: str) -> dict[str, Any]:
    """An answer with the fields that the SDK does not know."""
    response = server.sdk._get(path)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


@pytest.mark.parametrize("kind", EVERYWHERE)
def test_an_instant_snapshot_stores_what_there_is_and_the_program_goes_on(servers: Servers, kind: str) -> None:
    server = servers(kind)
    task, inputs = begun(server, 2)
    name = task.instant()
    assert name.startswith(f"snap_{task.uuid}_")
    snapshot = over(task, name)
    assert str(snapshot._status.status) == "Success"
    assert (snapshot._size_to_upload, snapshot._transferred_size) == (16, 16)
    assert keys(task.results) == {"one-0", "one-1", "d/two-0", "d/two-1"}
    now = told(server, f"/tasks/{task.uuid}")
    assert (now["state"], now["resultsCount"]) == ("FullyExecuting", 1)
    info = now["status"]["runningInstancesInfo"]
    assert sorted(r.partition(f"/{task.results.uuid}/")[2] for r in info["snapshotResults"]) == [
        "d/two-0", "d/two-1", "one-0", "one-1",
    ]  # fmt: skip
    task = go(task, inputs)
    assert task.state == "Success"
    assert keys(task.results) == {"one-0", "one-1", "d/two-0", "d/two-1", "last-0", "last-1"}
    assert told(server, f"/tasks/{task.uuid}")["resultsCount"] == 3
