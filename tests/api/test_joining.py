"""Submissions that belong to jobs and wait for others (api.md 3.4)."""

from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from stokehold.domain.errors import Failure, Faults
from tests.api.conftest import BOTH, Runner
from tests.api.shelf import Shelf

pytestmark = BOTH

NOWHERE = "3f0c7c1e-5a0f-4d0e-9b7a-2f1f3b9f8a01"
FAILURE = Failure.of(Faults.EXIT_CODE, code=1)
Submit = Callable[..., str]


@pytest.fixture
def job(client: TestClient) -> str:
    uuid: str = client.post("/jobs", json={"name": "j", "useDependencies": True}).json()["uuid"]
    return uuid


def advanced(uuid: str, *ends: str) -> dict[str, Any]:
    return {
        "dependsOn": [],
        "advancedDependsOn": [{"taskUuid": uuid, "taskFinalStateCondition": list(ends) or None}],
    }


def waiting(client: TestClient, uuid: str) -> Any:
    return client.get(f"/tasks/{uuid}").json()["dependencies"]


def refusal(client: TestClient, **fields: Any) -> tuple[int, str]:
    body = {"name": "n", "profile": "docker-batch", "instanceCount": 1, **fields}
    response = client.post("/tasks", json=body)
    return response.status_code, response.json()["message"]


def test_a_simple_dependency_is_shown_until_it_is_fulfilled(
    client: TestClient, submit: Submit, runner: Runner, job: str
) -> None:
    first = submit(jobUuid=job)
    last = submit(jobUuid=job, dependencies={"dependsOn": [first]})
    assert waiting(client, last) == {"dependsOn": [first], "state": "waiting"}
    assert "dependencies" not in client.get(f"/tasks/{first}").json()
    runner.run(9, exit_code=1, failure=FAILURE)
    assert waiting(client, last) == {"dependsOn": [first], "state": "dependencyConditionsFulfilled"}
    [task] = [task for task in client.get("/tasks").json() if task["uuid"] == last]
    assert task["dependencies"]["state"] == "dependencyConditionsFulfilled"


def test_an_advanced_dependency_tells_how_its_upstream_ended(
    client: TestClient, submit: Submit, runner: Runner, job: str
) -> None:
    first = submit(jobUuid=job)
    glad = submit(jobUuid=job, dependencies=advanced(first, "Failure", "cancelled"))
    sad = submit(jobUuid=job, dependencies=advanced(first, "success"))
    any_end = submit(jobUuid=job, dependencies=advanced(first))
    assert waiting(client, glad)["advancedDependsOn"] == [
        {
            "taskUuid": first,
            "taskFinalStateCondition": ["failure", "cancelled"],
            "state": "waiting",
            "actualFinalState": None,
        }
    ]
    runner.run(9, exit_code=1, failure=FAILURE)
    assert waiting(client, glad)["state"] == "dependencyConditionsFulfilled"
    told = waiting(client, sad)
    assert (told["dependsOn"], told["state"]) == ([], "dependencyConditionsNotFulfilled")
    assert told["advancedDependsOn"][0]["actualFinalState"] == "failure"
    assert waiting(client, any_end)["advancedDependsOn"][0]["taskFinalStateCondition"] is None
    ended = client.get(f"/tasks/{sad}").json()
    assert ended["state"] == "Cancelled"
    assert [error["code"] for error in ended["errors"]] == ["GHX0782I"]
    assert f"it waited for task {first} to end in success" in ended["errors"][0]["message"]


@pytest.mark.parametrize(
    "empty", [None, {}, {"dependsOn": []}, {"DependsOn": [], "AdvancedDependsOn": None, "State": None}]
)
def test_an_empty_dependency_is_none(client: TestClient, submit: Submit, empty: Any, job: str) -> None:
    for uuid in (submit(dependencies=empty), submit(dependencies=empty, jobUuid=job)):
        assert "dependencies" not in client.get(f"/tasks/{uuid}").json()


def test_dependencies_need_a_job_that_uses_them(client: TestClient, submit: Submit) -> None:
    plain = client.post("/jobs", json={"name": "j"}).json()["uuid"]
    first = submit(jobUuid=plain)
    asked = {"dependsOn": [first]}
    status, message = refusal(client, dependencies=asked)
    assert (status, message.partition(":")[0]) == (400, "dependencies.dependsOn")
    assert refusal(client, dependencies=advanced(first), jobUuid=plain) == (
        400,
        "dependencies.advancedDependsOn: the job was made without useDependencies",
    )


def test_what_cannot_be_waited_for_is_a_400(client: TestClient, submit: Submit, job: str) -> None:
    first = submit(jobUuid=job)
    for asked in (
        {"dependsOn": [NOWHERE]},
        {"dependsOn": [first, first]},
        {"dependsOn": [first], "advancedDependsOn": [{"taskUuid": first}]},
        {"advancedDependsOn": [{"taskUuid": first, "taskFinalStateCondition": ["over"]}]},
        {"advancedDependsOn": [{}]},
        {"dependsOn": first},
    ):
        status, message = refusal(client, jobUuid=job, dependencies=asked)
        assert (status, message.startswith("dependencies")) == (400, True), message
    assert refusal(client, jobUuid=NOWHERE)[0] == 400
    assert len(client.get("/tasks").json()) == 1


def test_tasks_of_one_list_may_wait_for_earlier_ones_by_shortname(client: TestClient, job: str) -> None:
    body = {"name": "n", "profile": "docker-batch", "instanceCount": 1, "jobUuid": job}
    chain = [
        {**body, "shortname": "one"},
        {**body, "shortname": "two", "dependencies": {"dependsOn": ["one"]}},
        {**body, "shortname": "early", "dependencies": {"dependsOn": ["late"]}},
        {**body, "shortname": "late"},
    ]
    items = client.post("/tasks", json=chain).json()
    assert [item["statusCode"] for item in items] == [200, 200, 400, 200]
    assert waiting(client, "two")["dependsOn"] == [items[0]["uuid"]]


def test_the_results_of_an_upstream_may_be_read_though_their_bucket_is_gone(
    client: TestClient, submit: Submit, shelf: Shelf, job: str
) -> None:
    first = submit(jobUuid=job, resultBucket="out")
    shelf.buckets.clear()
    wanted = {"jobUuid": job, "resourceBuckets": ["out"]}
    assert refusal(client, **wanted) == (404, "No such bucket: out")
    assert refusal(
        client, **{**wanted, "resourceBuckets": ["out", "other"]}, dependencies={"dependsOn": [first]}
    ) == (
        404,
        "No such bucket: other",
    )
    submit(**wanted, dependencies={"dependsOn": [first]})
    assert [name for _, name in shelf.buckets] == ["out"]


def test_a_submission_in_a_job_that_is_said_twice_makes_one_task(client: TestClient, job: str) -> None:
    body = {"name": "n", "profile": "docker-batch", "instanceCount": 1, "jobUuid": job}
    twice = [client.post("/tasks", json=body, headers={"Idempotency-Key": "k"}) for _ in range(2)]
    assert twice[0].json() == twice[1].json()
    assert client.get(f"/jobs/{job}").json()["unfinishedTaskCount"] == 1
