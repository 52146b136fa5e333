"""All 83 operations of the vendor's interface are answered (api.md 2.0)."""

import re
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from stokehold.api.operations import OPERATIONS

OUTPUTS = [
    f"{method} /{thing}/{{id}}/{stream}{instance}"
    for thing in ("tasks", "pools")
    for stream in ("stdout", "stderr")
    for instance in ("", "/{instanceId}")
    for method in ("GET", "POST")
]

INDEX = """
GET /settings | GET /versions | GET / | GET /info | GET /profiles | GET /profiles/{name} | GET /tasks | POST /tasks
POST /tasks/force | POST /tasks/search | POST /tasks/paginate | GET /tasks/summaries | POST /tasks/summaries/paginate
GET /tasks/{id} | PUT /tasks/{id} | PATCH /tasks/{id} | DELETE /tasks/{id} | POST /tasks/{id}/abort
POST /tasks/{id}/clone | POST /tasks/{id}/retry | POST /tasks/{id}/recover | POST /tasks/{id}/resume
POST /tasks/{id}/restart | POST /tasks/{id}/snapshot | POST /tasks/{id}/snapshot/periodic
GET /tasks/{id}/snapshot/{snapshotId} | GET /pools | POST /pools | POST /pools/search | POST /pools/paginate
GET /pools/summaries | POST /pools/summaries/paginate | GET /pools/{id} | PUT /pools/{id} | PATCH /pools/{id}
DELETE /pools/{id} | POST /pools/{id}/close | POST /pools/{id}/clone | GET /pools/{id}/jobs | GET /pools/{id}/tasks
GET /pools/{id}/scaling | PUT /pools/{id}/scaling | POST /sanity-checks/pools/scaling | GET /jobs | POST /jobs
POST /jobs/search | POST /jobs/paginate | GET /jobs/{id} | DELETE /jobs/{id} | POST /jobs/{id}/terminate
GET /jobs/{id}/tasks | GET /hardware-constraints | GET /hardware-constraints/cpu-model-constraints/search
GET /quotas/computing-quotas/user | GET /quotas/computing-quotas/organization | GET /secrets-manager/data/{key...}
PUT /secrets-manager/data/{key...} | PATCH /secrets-manager/data/{key...} | DELETE /secrets-manager/data/{key...}
GET /secrets-manager/search/{prefix...} | GET /carbon/v1/tasks/{id}/carbon-facts
GET /carbon/v1/pools/{id}/carbon-facts | GET /credits/v1/accounts/credits | GET /credits/v1/tasks/{id}/credits
GET /credits/v1/pools/{id}/credits | GET /credits/v1/projects/{id}/budgets | GET /network/tasks/{id}/port-forward
"""

EXTRA = {
    "GET /health",
    "GET /metrics",
    "GET /openapi.json",
    "GET /docs",
    "GET /errors",
    "GET /tasks/{id}/explanation",
    "GET /nodes",
    "GET /nodes/{name}",
    "GET /capacity",
}
WATCHING = {
    "GET /events", "GET /tasks/{id}/events", "GET /tasks/{id}/metrics", "GET /tasks/{id}/instances",
    "GET /tasks/{id}/instances/{instanceId}", "GET /tasks/{id}/snapshots",
    *(f"GET /tasks/{{id}}/{name}{one}/stream" for name in ("stdout", "stderr") for one in ("", "/{instanceId}")),
}  # fmt: skip


def index() -> Iterator[str]:
    yield from re.findall(r"[A-Z]+ /\S*", INDEX)
    yield from OUTPUTS


def test_the_index_has_83_operations() -> None:
    assert len(set(index())) == 83


def test_every_operation_is_there_once() -> None:
    mine = [f"{route.method} {route.path}" for route in OPERATIONS]
    assert len(mine) == len(set(mine))
    assert set(mine) == set(index()) | EXTRA | WATCHING


def test_every_operation_says_what_it_does() -> None:
    assert [route.path for route in OPERATIONS if not (route.summary and route.group)] == []


@pytest.mark.parametrize("version", ["", "/v1"])
def test_every_operation_answers(client: TestClient, version: str) -> None:
    """Not with 405, nor with a 5xx other than 501; a 404 speaks of the object, not of the path."""
    for route in OPERATIONS:
        path = re.sub(r"\{.*?\}", "x", route.path)
        if path == "/events":  # its answer has no end: tests/api/test_feed.py reads it
            continue
        response = client.request(route.method, version + path)
        if route.built:
            assert response.status_code in {200, 400, 404}, route.path
            assert "nothing at" not in response.text
        else:
            assert response.status_code == 501, route.path
