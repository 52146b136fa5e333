"""Jobs over HTTP: what clients send and read (api.md 2.6)."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from starlette.testclient import TestClient

from stokehold.api.app import build
from stokehold.api.lists import PIECE
from stokehold.api.services import Limits, Services
from stokehold.store import purge
from stokehold.store.database import Database
from tests.api.conftest import BOTH, TOKEN, Clock, Runner
from tests.store.statements import statements

pytestmark = BOTH

PYTHON: dict[str, Any] = {
    "name": "j", "poolUuid": None, "shortname": None, "state": "", "tags": [], "useDependencies": False,
    "maxWallTime": None, "autoDeleteOnCompletion": False, "completionTimeToLive": "00:00:00",
}  # fmt: skip
DOTNET: dict[str, Any] = {
    "Uuid": "00000000-0000-0000-0000-000000000000", "Name": "j", "Shortname": None, "State": None,
    "PoolUuid": "00000000-0000-0000-0000-000000000000", "CreationDate": "0001-01-01T00:00:00", "Tags": None,
    "UseDependencies": True, "MaxWallTime": None, "AutoDeleteOnCompletion": False, "CompletionTimeToLive": "00:00:00",
}  # fmt: skip

Submit = Callable[..., str]


def make(client: TestClient, **fields: Any) -> str:
    response = client.post("/jobs/", json={**PYTHON, **fields})
    assert response.status_code == 200, response.text
    uuid: str = response.json()["uuid"]
    return uuid


def job(client: TestClient, key: str) -> Any:
    response = client.get(f"/jobs/{key}")
    assert response.status_code == 200, response.text
    return response.json()


def refusal(client: TestClient, body: Any, path: str = "/jobs") -> tuple[int, str]:
    response = client.post(path, json=body)
    return response.status_code, response.json()["message"]


@pytest.mark.parametrize("body", [PYTHON, DOTNET])
@pytest.mark.parametrize("path", ["/jobs", "/jobs/", "/v1/jobs"])
def test_a_job_is_made_as_clients_send_it(client: TestClient, body: dict[str, Any], path: str) -> None:
    response = client.post(path, json=body)
    uuid = response.json()["uuid"]
    assert (response.status_code, response.headers["location"]) == (200, f"/jobs/{uuid}")
    assert job(client, uuid) == {
        "uuid": uuid, "name": "j", "shortname": uuid, "state": "Active", "tags": [],
        "useDependencies": body is DOTNET, "stateTransitionTime": "2026-01-05T10:00:31.537708Z",
        "previousStateTransitionTime": "0001-01-01T00:00:00Z", "creationDate": "2026-01-05T10:00:31.537708Z",
        "lastModified": "2026-01-05T10:00:31.537708Z", "autoDeleteOnCompletion": False,
        "completionTimeToLive": "00:00:00", "unfinishedTaskCount": 0, "errors": [],
    }  # fmt: skip


def test_what_was_asked_is_echoed(client: TestClient) -> None:
    fields = {"shortname": "My-Job", "tags": ["a", "b", "a"], "maxWallTime": "0.10:00:00"}
    make(client, **fields, completionTimeToLive="30:00:00", autoDeleteOnCompletion=True)
    told = job(client, "My-Job")
    assert (told["shortname"], told["tags"], told["maxWallTime"]) == ("My-Job", ["a", "b"], "10:00:00")
    assert (told["completionTimeToLive"], told["autoDeleteOnCompletion"]) == ("1.06:00:00", True)


@pytest.mark.parametrize(
    ("fields", "status", "field"),
    [
        ({"name": None}, 400, "name"),
        ({"name": ""}, 400, "name"),
        ({"name": 5}, 400, "name"),
        ({"shortname": "-x"}, 400, "shortname"),
        ({"tags": "t"}, 400, "tags"),
        ({"useDependencies": "perhaps"}, 400, "useDependencies"),
        ({"maxWallTime": "tomorrow"}, 400, "maxWallTime"),
        ({"poolUuid": "3f0c7c1e-5a0f-4d0e-9b7a-2f1f3b9f8a01"}, 501, "poolUuid"),
    ],
)
def test_a_job_that_breaks_a_rule_is_refused(
    client: TestClient, fields: dict[str, Any], status: int, field: str
) -> None:
    told = refusal(client, {**PYTHON, **fields})
    assert (told[0], told[1].partition(":")[0]) == (status, field)
    assert client.get("/jobs").json() == []


@pytest.mark.parametrize("body", [None, 5, "j", [[]]])
def test_nonsense_is_refused(client: TestClient, body: Any) -> None:
    response = client.post("/jobs", json=body)
    told = response.json()
    assert response.status_code == 400 or told[0]["statusCode"] == 400


def test_a_list_of_jobs_is_answered_in_its_order(client: TestClient) -> None:
    response = client.post("/jobs", json=[PYTHON, {"name": ""}, {"name": "b"}])
    assert response.status_code == 207
    assert [item["statusCode"] for item in response.json()] == [200, 400, 200]
    assert client.post("/jobs", json=[PYTHON]).status_code == 200


def test_the_same_shortname_twice_is_refused(client: TestClient) -> None:
    make(client, shortname="mine")
    assert refusal(client, {**PYTHON, "shortname": "mine"}) == (
        400,
        "shortname: 'mine' is used by another job",
    )


def test_a_submission_that_is_said_twice_makes_one_job(client: TestClient) -> None:
    twice = [client.post("/jobs", json=PYTHON, headers={"Idempotency-Key": "k"}) for _ in range(2)]
    assert twice[0].json() == twice[1].json()
    other = client.post("/jobs", json={"name": "other"}, headers={"Idempotency-Key": "k"})
    assert other.status_code == 400


def test_jobs_of_others_are_not_there(client: TestClient) -> None:
    uuid = make(client)
    for method, path in (("GET", ""), ("DELETE", ""), ("POST", "/terminate"), ("GET", "/tasks")):
        response = client.request(method, f"/jobs/{uuid}{path}", headers={"authorization": "0ther"})
        assert (response.status_code, response.json()) == (404, {"message": f"No such job: {uuid}"})
    assert client.get("/jobs", headers={"authorization": "0ther"}).json() == []


def test_the_tasks_of_a_large_job_tell_what_they_wait_for_in_as_many_statements_as_of_a_small_one(
    client: TestClient, database: Database
) -> None:
    def members(size: int) -> tuple[list[Any], int]:
        """A job in which each task waits for the first: as it is told, and in how many statements."""
        uuid = make(client, useDependencies=True)
        task = {"name": "n", "profile": "docker-batch", "instanceCount": 1, "jobUuid": uuid}
        [first] = client.post("/tasks", json=[task]).json()
        waiting = {**task, "dependencies": {"dependsOn": [first["uuid"]]}}
        assert client.post("/tasks", json=[waiting] * (size - 1)).status_code == 200
        with statements(database) as sent:
            told = client.get(f"/jobs/{uuid}/tasks").json()
        assert [one["uuid"] for one in told[-1:]] == [first["uuid"]]
        assert {tuple(one["dependencies"]["dependsOn"]) for one in told[:-1]} == {(first["uuid"],)}
        return told, len(sent)

    (few, least), (many, most) = members(3), members(2 * PIECE)
    assert (len(few), len(many)) == (3, 2 * PIECE)
    assert most <= least + 1  # one more for each piece of the answer


def test_a_terminated_job_cancels_its_tasks_and_takes_no_more(client: TestClient, submit: Submit) -> None:
    uuid = make(client)
    task = submit(jobUuid=uuid)
    assert job(client, uuid)["unfinishedTaskCount"] == 1
    assert client.post(f"/jobs/{uuid}/terminate").status_code == 200
    told = job(client, uuid)
    assert (told["state"], told["previousState"]) == ("Completed", "Terminating")
    ended = client.get(f"/tasks/{task}").json()
    assert ended["state"] == "Cancelled"
    assert [e["message"] for e in ended["errors"]] == [
        "The task was cancelled: its job was terminated by its owner. Submit it again to run it."
    ]
    status, message = refusal(
        client, {"name": "n", "profile": "docker-batch", "instanceCount": 1, "jobUuid": uuid}, "/tasks"
    )
    assert (status, message) == (400, f"jobUuid: the job {uuid} takes no more tasks: it is Completed")
    assert client.post(f"/jobs/{uuid}/terminate").status_code == 403


def test_the_tasks_of_a_job_are_those_that_name_it(client: TestClient, submit: Submit) -> None:
    uuid = make(client, shortname="mine")
    one, two = submit(jobUuid=uuid), submit(jobUuid="mine")
    submit()
    told = client.get("/jobs/mine/tasks").json()
    assert [task["uuid"] for task in told] == [two, one]
    assert {task["jobUuid"] for task in told} == {uuid}
    assert "jobUuid" not in client.get(f"/tasks/{submit()}").json()
    summaries = client.get("/tasks/summaries").json()
    assert [s.get("jobUuid") for s in summaries].count(uuid) == 2


def test_a_job_is_deleted_with_force_while_tasks_go_on(
    client: TestClient, submit: Submit, database: Database
) -> None:
    uuid = make(client)
    task = submit(jobUuid=uuid)
    response = client.delete(f"/jobs/{uuid}?force=False")
    assert response.status_code == 403
    assert "force" in response.json()["message"]
    assert client.delete(f"/jobs/{uuid}?force=maybe").status_code == 400
    assert client.delete(f"/jobs/{uuid}?Force=True").status_code == 200
    assert job(client, uuid)["state"] == "Deleting"
    while database.write_now(purge.purge):
        pass
    assert client.get(f"/jobs/{uuid}").status_code == client.get(f"/tasks/{task}").status_code == 404
    assert client.delete(f"/jobs/{uuid}").status_code == 404


def test_a_job_without_running_tasks_is_deleted_without_force(
    client: TestClient, submit: Submit, runner: Runner
) -> None:
    uuid = make(client)
    submit(jobUuid=uuid)
    runner.run(1)
    assert client.delete(f"/jobs/{uuid}").status_code == 200


def test_the_account_knows_its_jobs(client: TestClient) -> None:
    before = client.get("/info").json()
    make(client)
    gone = make(client)
    client.delete(f"/jobs/{gone}")
    after = client.get("/info").json()
    assert (before["jobCount"], after["jobCount"]) == (0, 1)
    assert after["maxJob"] >= 100


def test_no_more_jobs_than_allowed_but_those_that_may_go_make_room(services: Services) -> None:
    app = build(replace(services, limits=Limits(jobs=2)))
    with TestClient(app, headers={"authorization": TOKEN}) as client:
        goes, _ = make(client, autoDeleteOnCompletion=True), make(client)
        status, message = refusal(client, PYTHON)
        assert status == 403
        assert "maximum number of jobs reached" in message.lower()
        client.post(f"/jobs/{goes}/terminate")
        make(client)
        assert job(client, goes)["state"] == "Deleting"
        assert refusal(client, PYTHON)[0] == 403


def test_a_profile_is_required_in_a_job_without_a_pool(client: TestClient) -> None:
    status, message = refusal(client, {"name": "n", "instanceCount": 1, "jobUuid": make(client)}, "/tasks")
    assert (status, message.partition(":")[0]) == (400, "profile")


def test_dates_go_on_with_the_clock(client: TestClient, clock: Clock) -> None:
    uuid = make(client)
    clock.now += 2_000_000
    client.post(f"/jobs/{uuid}/terminate")
    told = job(client, uuid)
    assert told["stateTransitionTime"] == told["lastModified"] == "2026-01-05T10:00:33.537708Z"
    assert told["creationDate"] == "2026-01-05T10:00:31.537708Z"
