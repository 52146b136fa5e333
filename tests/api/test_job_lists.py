from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.api.conftest import BOTH, Clock

pytestmark = BOTH

NAMES = ["alpha", "Beta", "gamma", "delta"]


@pytest.fixture
def made(client: TestClient, clock: Clock) -> dict[str, str]:
    """Jobs by their names; the last is completed."""
    uuids = {}
    for index, name in enumerate(NAMES):
        tags = [f"t{index % 2}", "all"]
        body = {"name": name, "shortname": name, "tags": tags, "useDependencies": index > 1}
        uuids[name] = client.post("/jobs", json=body).json()["uuid"]
        clock.now += 1_000_000
    client.post(f"/jobs/{uuids['delta']}/terminate")
    client.post("/jobs", json={"name": "strange"}, headers={"authorization": "0ther"})
    return uuids


def names(jobs: Any) -> list[str]:
    return [job["name"] for job in jobs]


def search(client: TestClient, where: Any, **more: Any) -> Any:
    response = client.post("/jobs/search", json={"filter": where, **more})
    assert response.status_code == 200, response.text
    return response.json()


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["delta", "gamma", "Beta", "alpha"]),
        ("?tag=t0", ["gamma", "alpha"]),
        ("?tag=t0,t1", ["delta", "gamma", "Beta", "alpha"]),
        ("?tag=all&tag=t1", ["delta", "Beta"]),
        ("?tag=none", []),
    ],
)
def test_jobs_are_listed_by_tags(
    client: TestClient, made: dict[str, str], query: str, expected: list[str]
) -> None:
    assert names(client.get(f"/jobs{query}").json()) == expected


@pytest.mark.parametrize(
    ("field", "operator", "value", "expected"),
    [
        ("Name", "Equal", "gamma", ["gamma"]),
        ("shortName", "NotEqual", "gamma", ["delta", "Beta", "alpha"]),
        ("State", "Equal", "Completed", ["delta"]),
        ("PreviousState", "Equal", "Terminating", ["delta"]),
        ("Tags", "Equal", "t1", ["delta", "Beta"]),
        ("UseDependencies", "Equal", True, ["delta", "gamma"]),
        ("UseDependencies", "Equal", "false", ["Beta", "alpha"]),
        ("PoolUuid", "Equal", None, ["delta", "gamma", "Beta", "alpha"]),
        ("CreationDate", "GreaterThan", "2026-01-05T10:00:32Z", ["delta", "gamma", "Beta"]),
        ("LastModified", "LessThan", "2026-01-05T10:00:32Z", ["alpha"]),
        ("StateTransitionTime", "GreaterThanOrEqual", "2026-01-05T10:00:35Z", ["delta"]),
        ("Name", "Like", "/^[a-d].*a$/", ["delta", "alpha"]),
        ("Tags", "Like", "0$", ["gamma", "alpha"]),
        ("Name", "In", ["alpha", "Beta"], ["Beta", "alpha"]),
    ],
)
def test_jobs_are_found_by_every_field(
    client: TestClient, made: dict[str, str], field: str, operator: str, value: Any, expected: list[str]
) -> None:
    where = {"operator": operator, "field": field, "value": value}
    assert names(search(client, where)) == expected
    assert names(client.post("/jobs/paginate", json={"filter": where}).json()["data"]) == expected


def test_a_job_is_found_by_its_uuid(client: TestClient, made: dict[str, str]) -> None:
    where = {"operator": "Equal", "field": "uuid", "value": made["Beta"]}
    assert names(search(client, where)) == ["Beta"]


def test_a_search_answers_the_fields_that_are_selected(client: TestClient, made: dict[str, str]) -> None:
    [found] = search(client, None, select={"fields": ["Name", "state"]}, maximumResults=1)
    assert set(found) == {"uuid", "creationDate", "name", "state"}
    assert client.post("/jobs/search", json={"select": ["constants"]}).status_code == 400


@pytest.mark.parametrize("order", ["creationDate", "NAME", "state"])
@pytest.mark.parametrize("direction", ["ASC", "DESC"])
def test_pages_hold_every_job_once(
    client: TestClient, made: dict[str, str], order: str, direction: str
) -> None:
    asked: dict[str, Any] = {"maximumResults": 1, "orderBy": order, "orderType": direction}
    seen, token = [], None
    while True:
        page = client.post("/jobs/paginate", json={**asked, "token": token}).json()
        assert (page["count"], page["total"]) == (1, 4)
        seen += names(page["data"])
        token = page.get("nextToken")
        assert page["isTruncated"] == (token is not None)
        if token is None:
            break
    expected = {"creationDate": NAMES, "NAME": sorted(NAMES), "state": ["alpha", "Beta", "gamma", "delta"]}
    assert seen == expected[order][:: 1 if direction == "ASC" else -1]


@pytest.mark.parametrize(
    "body",
    [
        {"orderBy": "executionTime"},
        {"token": "x"},
        {"filter": {"operator": "Equal", "field": "profile", "value": "p"}},
        {"filter": {"operator": "LessThan", "field": "tags", "value": "p"}},
    ],
)
def test_what_jobs_have_not_is_refused(client: TestClient, body: dict[str, Any]) -> None:
    assert client.post("/jobs/paginate", json=body).status_code == 400
