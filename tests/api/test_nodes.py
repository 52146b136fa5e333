"""The machines as a user sees them."""

from collections.abc import Callable
from typing import Any

from starlette.testclient import TestClient

from stokehold.api.services import Services
from stokehold.domain.events import NodeLost
from stokehold.domain.moments import SECOND, date_text
from stokehold.domain.protocol import Inventory, Measured, Sample
from stokehold.store import nodes, samples
from tests.api.conftest import BOTH, Clock, Runner

pytestmark = BOTH

Submit = Callable[..., str]


def test_a_node_tells_what_it_is_made_of(client: TestClient, runner: Runner) -> None:
    made = Inventory(
        "oven", cores=8, memory_mb=32768, disk_mb=1000, slots=2, cpu_model="CPU X", max_ghz=3.5, runtime="podman",
        runtime_note="rootless", gpus=1, gpu_model="GPU Y", ssd=True, reservation="ours",
    )  # fmt: skip
    runner.database.write_now(nodes.introduce, runner.inventory.name, "s2", made, runner.clock())
    told = client.get("/nodes/oven").json()
    assert told == {
        "name": "oven", "uuid": "oven", "present": True, "lastHeard": date_text(runner.clock()),
        "runtime": "podman", "runtimeNote": "rootless", "coreCount": 8, "memoryMB": 32768, "diskMB": 1000,
        "cpuModel": "CPU X", "maxFrequencyGHz": 3.5, "gpuCount": 1, "gpuModel": "GPU Y", "ssd": True,
        "specificationKey": "8c-32g-x-ssd", "reservationName": "ours", "slots": 2, "coresPerInstance": 4,
        "memoryPerInstanceMB": 16384, "usedSlots": 0, "usedCores": 0.0, "usedMemoryMB": 0.0,
        "runningInstanceCount": 0, "instances": [],
    }  # fmt: skip


def test_a_node_tells_what_it_does_and_for_whom_only_to_its_owner(
    client: TestClient, runner: Runner, submit: Submit
) -> None:
    uuid = submit(instanceCount=2)
    tokens = [lease.token for lease in runner.lease(2)]
    for token in tokens:
        runner.begin(token)
    sample = Measured(runner.clock(), [Sample(tokens[0], 1.5, 64.0)])
    runner.database.write_now(samples.append, sample)
    [mine] = client.get("/nodes").json()
    assert (mine["usedSlots"], mine["usedCores"], mine["usedMemoryMB"], mine["runningInstanceCount"]) == (
        2,
        1.5,
        64.0,
        2,
    )
    assert mine["instances"] == [
        {"taskUuid": uuid, "instanceId": number, "phase": "execution"} for number in (0, 1)
    ]
    [seen] = client.get("/nodes", headers={"authorization": "0ther"}).json()
    assert seen == mine | {"instances": []}


def test_a_node_was_last_heard_when_it_last_called(
    client: TestClient, runner: Runner, services: Services, clock: Clock
) -> None:
    clock.now += 60 * SECOND
    services.presence.seen(runner.node, clock.now)
    assert client.get("/nodes").json()[0]["lastHeard"] == date_text(clock.now)


def test_a_lost_node_is_not_present_and_gives_no_capacity(client: TestClient, runner: Runner) -> None:
    runner.record(NodeLost(runner.node))
    assert client.get("/nodes/OVEN").status_code == 404
    assert client.get("/nodes/oven").json()["present"] is False
    assert [one["present"] for one in client.get("/nodes").json()] == [False]
    assert client.get("/capacity").json()["nodeCount"] == 0


def test_capacity_is_that_of_all_nodes_and_work_that_of_the_account(
    client: TestClient, runner: Runner, services: Services, clock: Clock, submit: Submit
) -> None:
    Runner(services.database, clock, "stove")
    assert client.get("/capacity").json() == capacity()
    submit(instanceCount=10)
    for lease in runner.lease(2):
        runner.begin(lease.token)
    account = {
        "taskCount": 1,
        "waitingInstanceCount": 8,
        "startingInstanceCount": 0,
        "runningInstanceCount": 2,
    }
    assert client.get("/capacity").json() == capacity(usedSlots=2, runningInstanceCount=2, account=account)
    theirs = client.get("/capacity", headers={"authorization": "0ther"}).json()
    assert theirs == capacity(usedSlots=2, runningInstanceCount=2)


def capacity(**other: Any) -> dict[str, Any]:
    """That of two idle nodes, and an account without work."""
    nothing = {
        "taskCount": 0,
        "waitingInstanceCount": 0,
        "startingInstanceCount": 0,
        "runningInstanceCount": 0,
    }
    return {
        "nodeCount": 2, "coreCount": 16, "memoryMB": 65536, "gpuCount": 0, "slots": 4, "usedSlots": 0,
        "usedCores": 0.0, "usedMemoryMB": 0.0, "runningInstanceCount": 0, "account": nothing, **other,
    }  # fmt: skip


def test_an_unknown_node_is_not_found_and_nobody_without_a_token_sees_any(client: TestClient) -> None:
    response = client.get("/nodes/no-such")
    assert (response.status_code, response.json()) == (404, {"message": "No such node: no-such"})
    for path in ("/nodes", "/nodes/oven", "/capacity"):
        assert client.get(path, headers={"authorization": ""}).status_code == 401
