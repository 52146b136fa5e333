"""Tasks made from tasks, as clients ask for them."""

from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from stokehold.domain.errors import Failure, Faults
from stokehold.domain.protocol import Lost
from tests.api.conftest import BOTH, Runner
from tests.api.samples import PYTHON_RANGES
from tests.api.shelf import Shelf

Submit = Callable[..., str]
FAILED = Failure.of(Faults.EXIT_CODE, code=1)
SUBSETS = ["retry", "recover", "resume"]
ALL = ["clone", *SUBSETS, "restart"]


@pytest.fixture
def mixed(client: TestClient, submit: Submit, runner: Runner) -> str:
    """Of instances 0 to 5: 0 succeeded, 1 and 2 failed, the others were cancelled."""
    uuid = submit(instanceCount=6, name="first", shortname="mixed", tags=["t"], resultBucket="out")
    first, *others = runner.lease(3)
    runner.end(first.token)
    for lease in others:
        runner.end(lease.token, exit_code=1, failure=FAILED)
    client.post(f"/tasks/{uuid}/abort")
    assert client.get(f"/tasks/{uuid}").json()["state"] == "Cancelled"
    return uuid


def made(client: TestClient, uuid: str, how: str, body: Any = None, **headers: str) -> dict[str, Any]:
    response = client.post(f"/tasks/{uuid}/{how}", json=body, headers=headers)
    assert response.status_code == 200, response.text
    assert response.headers["location"] == f"/tasks/{response.json()['uuid']}"
    task: dict[str, Any] = client.get(response.headers["location"]).json()
    assert task["uuid"] != uuid
    return task


@BOTH
@pytest.mark.parametrize(
    ("how", "ranges", "count"),
    [
        ("retry", "1-2", 2),
        ("recover", "1-5", 5),
        ("resume", "3-5", 3),
        ("clone", None, 6),
        ("restart", None, 6),
    ],
)
def test_each_way_runs_its_instances_again(
    client: TestClient, mixed: str, how: str, ranges: str | None, count: int
) -> None:
    task = made(client, mixed, how)
    assert (task.get("advancedRanges"), task["totalInstanceCount"]) == (ranges, count)
    assert (task["state"], task["name"], task["tags"], task["resultBucket"]) == (
        "Submitted", "first", ["t"], "out",
    )  # fmt: skip
    assert task["shortname"] == task["uuid"]


@pytest.mark.parametrize("how", ALL)
def test_a_body_is_not_needed(client: TestClient, mixed: str, how: str) -> None:
    for sent in ({}, {"content": b"null"}, {"json": {}}):
        assert client.post(f"/v1/tasks/mixed/{how}", **sent).status_code == 200


def test_the_lost_and_retried_attempts_of_the_first_task_do_not_count_in_the_new_one(
    client: TestClient, submit: Submit, runner: Runner
) -> None:
    uuid = submit(retrySettings={"maxPerInstanceRetries": 1})
    runner.record(Lost(runner.lease(1)[0].token))
    for _ in range(2):
        runner.run(1, exit_code=1, failure=FAILED)
    assert client.get(f"/tasks/{uuid}").json()["completedInstances"][0]["executionAttemptCount"] == 3
    again = made(client, uuid, "retry")
    runner.run(1, exit_code=1, failure=FAILED)
    runner.run(1)
    done = client.get(f"/tasks/{again['uuid']}").json()
    assert (done["state"], done["completedInstances"][0]["executionAttemptCount"]) == ("Success", 2)


def test_what_is_given_is_another_in_the_new_task(client: TestClient, mixed: str, shelf: Shelf) -> None:
    shelf.buckets[1, "in-b"] = {}
    task = made(client, mixed, "clone", PYTHON_RANGES | {"poolUuid": None})
    assert (task["name"], task["advancedRanges"], task["shortname"]) == ("n", "0-2,4-5,17", "short")
    assert (task["resultBucket"], task["tags"]) == ("out-b", [])
    assert client.get(f"/tasks/{mixed}").json()["name"] == "first"


@pytest.mark.parametrize("how", SUBSETS)
def test_a_part_of_the_instances_may_run_otherwise(client: TestClient, mixed: str, how: str) -> None:
    task = made(
        client, mixed, how, {"Constants": [{"Key": "A", "Value": 2}], "RetrySettings": {"MaxTotalRetries": 3}}
    )
    assert task["constants"] == [{"key": "A", "value": "2"}]
    assert task["retrySettings"] == {"maxTotalRetries": 3}


@pytest.mark.parametrize(
    ("how", "body", "field"),
    [
        ("retry", {"instanceCount": 3}, "instanceCount"),
        ("clone", {"poolUuid": "6f9619ff-8b86-d011-b42d-00c04fc964ff"}, "poolUuid"),
        ("clone", {"name": ""}, "name"),
        ("clone", {"instanceCount": -1}, "instanceCount"),
        ("recover", {"tags": [1]}, "tags[0]"),
        ("clone", {"shortname": "mixed"}, "shortname"),
        ("clone", [], "body"),
    ],
)
def test_a_refusal_names_its_field(client: TestClient, mixed: str, how: str, body: Any, field: str) -> None:
    response = client.post(f"/tasks/{mixed}/{how}", json=body)
    assert (response.status_code, response.json()["message"].partition(":")[0]) == (400, field)


def test_a_missing_bucket_is_named(client: TestClient, mixed: str) -> None:
    response = client.post(f"/tasks/{mixed}/clone", json={"resourceBuckets": ["absent"]})
    assert (response.status_code, response.json()["message"]) == (404, "No such bucket: absent")


@pytest.mark.parametrize("how", ALL)
def test_an_unknown_task_is_named(client: TestClient, mixed: str, how: str) -> None:
    for key, token in (("abc", "t0ken"), (mixed, "0ther")):
        response = client.post(f"/tasks/{key}/{how}", headers={"authorization": token})
        assert response.status_code in {401, 404}
        assert client.post(f"/tasks/abc/{how}").json()["message"] == "No such task: abc"


@pytest.mark.parametrize("how", [*SUBSETS, "restart"])
def test_a_task_that_goes_on_can_only_be_cloned(client: TestClient, submit: Submit, how: str) -> None:
    uuid = submit()
    response = client.post(f"/tasks/{uuid}/{how}")
    assert response.status_code == 403
    assert response.json()["message"] == f"Can't {how} a task that has not ended: it is Submitted."
    made(client, uuid, "clone")


@pytest.mark.parametrize("how", SUBSETS)
def test_a_task_that_succeeded_has_nothing_to_run_again(
    client: TestClient, submit: Submit, runner: Runner, how: str
) -> None:
    uuid = submit()
    runner.run(1)
    response = client.post(f"/tasks/{uuid}/{how}")
    assert (response.status_code, response.json()["message"][:6]) == (403, "Can't ")
    made(client, uuid, "restart")


def test_a_hidden_secret_that_is_sent_back_keeps_its_value(client: TestClient, submit: Submit) -> None:
    uuid = submit(constants=[{"key": "QARNOT_SECRET__P", "value": "hunter2"}])
    shown = client.get(f"/tasks/{uuid}").json()["constants"]
    for body in (None, {"constants": shown}):
        assert made(client, uuid, "clone", body)["constants"] == shown


@BOTH
def test_an_idempotency_key_replays_the_first_answer(client: TestClient, mixed: str) -> None:
    first = made(client, mixed, "retry", **{"idempotency-key": "k"})
    client.put(f"/tasks/{mixed}", json={"tags": ["other"]})
    client.put(f"/tasks/{first['uuid']}", json={"tags": ["third"]})
    assert made(client, mixed, "retry", **{"idempotency-key": "k"})["uuid"] == first["uuid"]
    for how, body in (("resume", None), ("retry", {"name": "m"})):
        again = client.post(f"/tasks/{mixed}/{how}", json=body, headers={"idempotency-key": "k"})
        assert again.status_code == 409
    assert len(client.get("/tasks").json()) == 2
