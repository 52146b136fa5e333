import asyncio
from pathlib import Path

import pytest

from stokehold.client import AsyncClient, Client, TaskFailed
from stokehold.client.errors import NotBuilt, NotFound
from tests.system.cluster import Stokehold
from tests.waiting import wait_until


def test_folders_and_buckets_are_inputs(client: Client, tmp_path: Path) -> None:
    (tmp_path / "f.txt").write_text("from a folder")
    bucket = client.bucket("inputs", create=True)
    bucket.put("p/g.txt", "from a bucket")
    task = client.run("sh -c 'cat f.txt g.txt'", inputs=[tmp_path, "inputs/p/"])
    assert task.stdout(0) == "from a folderfrom a bucket"


def test_many_tasks_are_submitted_in_one_call(client: Client) -> None:
    first, second = client.submit_all([
        {"command": "true", "name": "many", "maxTimeQueueSeconds": 900}, {"command": "true", "profile": "no-such"},
    ])  # fmt: skip
    assert first.uuid
    assert client.task(first.uuid).answer["maxTimeQueueSeconds"] == 900
    assert (second.uuid, second.status_code) == (None, 400)
    assert "no-such" in (second.message or "")
    assert client.submit_all([]) == []


def test_a_list_is_read_page_by_page_and_filtered(client: Client) -> None:
    made = {client.submit("true", name="listed", tags=["listed"]).uuid for _ in range(3)}
    assert {task.uuid for task in client.tasks(tags=["listed"])} == made
    assert len(list(client.tasks(name="listed", limit=2))) == 2
    assert list(client.tasks(name_prefix="no such")) == []


def test_run_raises_unless_it_is_a_success(client: Client) -> None:
    with pytest.raises(TaskFailed, match="Failure"):
        client.run("false")


def test_the_server_tells_what_there_is(client: Client) -> None:
    assert client.account().email == "admin@stokehold.local"
    assert "DOCKER_CMD" in [constant.name for constant in client.profile("docker-batch").constants]
    assert {profile.name for profile in client.profiles()} >= {"docker-batch"}
    node = wait_until(client.nodes, what="its runner has joined")[0]
    assert (node.slots > 0, node.core_count > 0, node.present) == (True, True, True)
    assert client.node(node.name).uuid == node.uuid
    assert client.capacity().slots >= node.slots
    try:
        assert isinstance(list(client.hardware()), list)
    except (NotBuilt, NotFound):
        assert client.quotas() == {}


def test_a_coroutine_has_the_same_client(stokehold: Stokehold) -> None:
    async def story() -> list[str]:
        async with AsyncClient(stokehold.api, stokehold.token) as client:
            task = await client.submit("echo hi", instances=2)
            lines = [line async for line in task.logs()]
            await task.wait()
            assert [one.uuid async for one in client.tasks(limit=1)]
            return lines

    assert sorted(asyncio.run(story())) == ["0> hi", "1> hi"]
