"""Tags and labels through the public SDK: to find tasks again, and for nothing else."""

import pytest
from qarnot.task import Task

from tests.system.servers import Server, Servers

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of the SDK, about itself


@pytest.fixture
def server(servers: Servers) -> Server:
    return servers("process")


def submitted(server: Server, *tags: str, **labels: str) -> Task:
    task = server.task("true")
    task.tags = list(tags)
    task.labels = labels
    task.submit()
    return task


def uuids(tasks: object) -> set[str]:
    return {task.uuid for task in tasks}  # type: ignore[attr-defined]


def test_tasks_are_found_by_any_or_all_of_their_tags(server: Server) -> None:
    one, both = submitted(server, "red"), submitted(server, "red", "blue")
    assert uuids(server.sdk.tasks(tags=["red"])) == {one.uuid, both.uuid}
    assert uuids(server.sdk.tasks(tags=["blue", "green"])) == {both.uuid}
    assert uuids(server.sdk.tasks(tags_intersect=["red", "blue"])) == {both.uuid}
    assert uuids(server.sdk.tasks(tags=["green"])) == set()


def test_tags_change_and_the_lists_follow(server: Server) -> None:
    task = server.sdk.retrieve_task(submitted(server, "before", "stays").uuid)
    task.tags = ["after", "stays"]
    task.commit()
    assert server.sdk.retrieve_task(task.uuid).tags == ["after", "stays"]
    assert uuids(server.sdk.tasks(tags=["before"])) == set()
    assert uuids(server.sdk.tasks(tags_intersect=["after", "stays"])) == {task.uuid}


def test_labels_are_kept_as_they_were_submitted(server: Server) -> None:
    task = server.ended(submitted(server, correlation="42", path="/home/me/in put"))
    found = server.sdk.retrieve_task(task.uuid)
    assert found.labels == {"correlation": "42", "path": "/home/me/in put"}
    found.constants["A"] = "1"
    found.commit()
    assert server.sdk.retrieve_task(task.uuid).labels == found.labels


def test_neither_reaches_the_program(server: Server) -> None:
    task = server.task("env")
    task.tags, task.labels = ["seen-nowhere"], {"SEEN": "seen-nowhere"}
    task.submit()
    assert "seen-nowhere" not in server.ended(task).stdout()
