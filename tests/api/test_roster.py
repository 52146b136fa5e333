from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from stokehold.domain.errors import Failure, Faults
from stokehold.domain.protocol import Measured, Sample
from stokehold.store import samples
from tests.api.conftest import BOTH, Runner

pytestmark = BOTH

BAD = Failure.of(Faults.EXIT_CODE, code=3)


def get(client: TestClient, path: str) -> Any:
    response = client.get(path)
    assert response.status_code == 200, response.text
    return response.json()


@pytest.fixture
def mixed(submit: Callable[..., str], runner: Runner) -> str:
    """Six instances: one succeeded, one failed, one that failed once and runs again, one leased, two that wait."""
    uuid = submit(instanceCount=6, retrySettings={"maxPerInstanceRetries": 1}, resultBucket="out")
    first, second, third = runner.lease(3)
    runner.end(first.token, results=["a.txt"], execution_us=2_000_000, peak_memory_mb=7.5)
    for lease in (second, third):
        runner.end(lease.token, exit_code=3, failure=BAD)
    second, third, _fourth = sorted(runner.lease(3), key=lambda lease: int(lease.instance_id))
    runner.end(second.token, exit_code=3, failure=BAD)
    runner.begin(third.token)
    runner.database.write_now(samples.append, Measured(runner.clock(), [Sample(third.token, 2.0, 100, 150)]))
    return uuid


def test_every_instance_is_there_whatever_became_of_it(client: TestClient, mixed: str) -> None:
    page = get(client, f"/tasks/{mixed}/instances")
    assert [(i["instanceId"], i["state"], i["executionAttemptCount"]) for i in page["data"]] == [
        (0, "Success", 1), (1, "Failure", 2), (2, "Running", 2), (3, "Running", 1), (4, "Waiting", 0),
        (5, "Waiting", 0),
    ]  # fmt: skip
    assert (page["count"], page["total"], page["isTruncated"]) == (6, 6, False)
    good, bad, runs = page["data"][:3]
    assert good["results"] == ["s3://storage.example.org:8081/out/a.txt"]
    assert (good["last"]["executionTimeSec"], good["last"]["peakMemoryMB"]) == (2, 7.5)
    assert (bad["last"]["exitCode"], bad["last"]["error"]["code"]) == (3, BAD.code)
    assert (runs["last"]["phase"], runs["last"]["cpuUsage"], runs["last"]["memoryMB"]) == (
        "execution",
        50,
        100,
    )
    assert (runs["last"]["peakMemoryMB"], runs["last"]["attempt"]) == (150, 2)
    assert "last" not in page["data"][4]


def test_pages_follow_the_ids(client: TestClient, mixed: str) -> None:
    seen, token = [], ""
    while True:
        page = get(client, f"/tasks/{mixed}/instances?limit=2&token={token}")
        seen += [i["instanceId"] for i in page["data"]]
        token = page.get("nextToken", "")
        assert page["isTruncated"] == bool(token)
        if not token:
            break
    assert seen == list(range(6))


@pytest.mark.parametrize(
    ("query", "ids"),
    [("state=Failure", [1]), ("state=waiting", [4, 5]), ("state=running,success", [0, 2, 3]),
     ("state=Running&state=Failure", [1, 2, 3]), ("state=cancelled", [])],
)  # fmt: skip
def test_states_choose(client: TestClient, mixed: str, query: str, ids: list[int]) -> None:
    page = get(client, f"/tasks/{mixed}/instances?{query}")
    assert [i["instanceId"] for i in page["data"]] == ids
    assert page["total"] == len(ids)


@pytest.mark.parametrize("query", ["state=Odd", "limit=x", "limit=-1", "token=abc", "token=99999999999999"])
def test_what_cannot_be_understood_is_refused_by_name(client: TestClient, mixed: str, query: str) -> None:
    response = client.get(f"/tasks/{mixed}/instances?{query}")
    assert response.status_code == 400
    assert response.json()["message"].startswith(query.partition("=")[0])


def test_one_instance_has_all_its_attempts(client: TestClient, mixed: str) -> None:
    one = get(client, f"/tasks/{mixed}/instances/2")
    assert one["state"] == "Running"
    assert [(a["attempt"], a["state"], a.get("exitCode")) for a in one["attempts"]] == [
        (1, "Failure", 3),
        (2, "Running", None),
    ]
    assert one["attempts"][0]["error"]["code"] == BAD.code
    assert get(client, f"/tasks/{mixed}/instances/5")["attempts"] == []


@pytest.mark.parametrize("number", ["6", "x", "-1"])
def test_there_is_no_other_instance(client: TestClient, mixed: str, number: str) -> None:
    assert client.get(f"/tasks/{mixed}/instances/{number}").status_code == 404


def test_of_a_cancelled_task_those_that_never_began_are_there_too(
    client: TestClient, submit: Callable[..., str]
) -> None:
    uuid = submit(instanceCount=3)
    client.post(f"/tasks/{uuid}/abort")
    page = get(client, f"/tasks/{uuid}/instances?state=Cancelled")
    assert [i["state"] for i in page["data"]] == ["Cancelled"] * 3


def test_a_million_instances_cost_a_page(client: TestClient, submit: Callable[..., str]) -> None:
    uuid = submit(instanceCount=1_000_000)
    page = get(client, f"/tasks/{uuid}/instances?token=999989")
    assert [i["instanceId"] for i in page["data"]] == list(range(999_990, 1_000_000))
