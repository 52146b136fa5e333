from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from stokehold.domain.protocol import Measured, Sample
from stokehold.store import samples
from tests.api.conftest import BOTH, Clock, Runner

pytestmark = BOTH


@pytest.fixture
def measured(submit: Callable[..., str], runner: Runner, clock: Clock) -> str:
    uuid = submit(instanceCount=2)
    one, two = runner.lease(2)
    for step in range(3):
        clock.now += 10_000_000
        given = [Sample(one.token, 1.5, 100, 100, 8, 16, 3.0, step), Sample(two.token, 0.5, 50)]
        runner.database.write_now(samples.append, Measured(clock.now, given))
    return uuid


def get(client: TestClient, path: str) -> Any:
    response = client.get(path)
    assert response.status_code == 200, response.text
    return response.json()


def test_curves_are_columns(client: TestClient, measured: str) -> None:
    found = get(client, f"/tasks/{measured}/metrics")
    first, second = found["instances"]
    assert (first["instanceId"], first["attempt"]) == (0, 1)
    assert first["cpuUsage"] == [150, 150, 150]
    assert first["memoryMB"] == [100, 100, 100]
    assert (first["networkInKbps"][0], first["networkOutKbps"][0], first["frequencyGHz"][0]) == (8, 16, 3)
    assert first["progress"] == [0, 1, 2]
    assert second["cpuUsage"] == [50, 50, 50]
    assert found["total"]["cpuUsage"] == [200, 200, 200]
    assert found["total"]["memoryMB"] == [150, 150, 150]
    assert found["total"]["instanceCount"] == [2, 2, 2]


def test_an_instance_and_a_moment_choose(client: TestClient, measured: str) -> None:
    whole = get(client, f"/tasks/{measured}/metrics?instanceId=1")
    assert [i["instanceId"] for i in whole["instances"]] == [1]
    since = whole["instances"][0]["time"][1]
    assert len(get(client, f"/tasks/{measured}/metrics?since={since}")["instances"][0]["time"]) == 1


def test_what_was_never_measured_has_no_curves(client: TestClient, submit: Callable[..., str]) -> None:
    found = get(client, f"/tasks/{submit()}/metrics")
    assert found["instances"] == []
    assert found["total"]["time"] == []


def test_what_cannot_be_understood_is_refused(client: TestClient, measured: str) -> None:
    assert client.get(f"/tasks/{measured}/metrics?since=yesterday").json()["message"].startswith("since")
    assert client.get(f"/tasks/{measured}/metrics?instanceId=9").status_code == 404
    assert client.get("/tasks/none/metrics").status_code == 404
