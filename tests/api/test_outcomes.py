"""What becomes of submissions, of tasks and of jobs alike."""

from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

import pytest
from starlette.testclient import TestClient

from stokehold.api import jobs, submissions

TASK = {"name": "n", "profile": "docker-batch", "instanceCount": 1}
JOB = {"name": "n"}
either = pytest.mark.parametrize(("path", "body"), [("/tasks", TASK), ("/jobs", JOB)])


def sent(client: TestClient, path: str, body: Any, key: str = "") -> Any:
    response = client.post(path, json=body, headers={"idempotency-key": key} if key else {})
    return response.status_code, response.json()


@either
def test_one_is_told_where_it_is(client: TestClient, path: str, body: dict[str, Any]) -> None:
    response = client.post(path, json=body)
    assert client.get(response.headers["location"]).json()["uuid"] == response.json()["uuid"]


@either
def test_several_are_answered_in_their_order(client: TestClient, path: str, body: dict[str, Any]) -> None:
    code, items = sent(client, path, [body, {**body, "name": ""}, body])
    assert (code, [item["statusCode"] for item in items]) == (207, [200, 400, 200])
    assert [item["uuid"] is None for item in items] == [False, True, False]
    assert items[1]["message"].startswith("name: ")
    assert sent(client, path, [body])[0] == 200


@pytest.mark.parametrize(
    ("path", "most"), [("/tasks", submissions.MOST_AT_ONCE), ("/jobs", jobs.MOST_AT_ONCE)]
)
def test_more_than_are_taken_at_once_are_refused(client: TestClient, path: str, most: int) -> None:
    code, problem = sent(client, path, [0] * (most + 1))
    assert code == 400
    assert problem["message"] == f"body: may hold at most {most} {path[1:]}, not {most + 1}"


@either
def test_without_a_key_a_uuid_is_random(client: TestClient, path: str, body: dict[str, Any]) -> None:
    first, second = (sent(client, path, body)[1]["uuid"] for _ in range(2))
    assert UUID(first).version == UUID(second).version == 4
    assert first != second


@pytest.mark.parametrize(
    ("path", "body", "kind"), [("/tasks", TASK, "stokehold"), ("/jobs", JOB, "stokehold:job")]
)
def test_with_a_key_a_uuid_is_the_same_in_every_version(
    client: TestClient, path: str, body: dict[str, Any], kind: str
) -> None:
    _, items = sent(client, path, [body, {**body, "name": "other"}], "k")
    assert [item["uuid"] for item in items] == [
        str(uuid5(NAMESPACE_URL, f"{kind}:1:{index}:k")) for index in range(2)
    ]
