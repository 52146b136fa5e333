from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from starlette.testclient import TestClient

from stokehold.api.app import build
from stokehold.api.services import Services
from stokehold.domain.hardware import configured
from stokehold.domain.protocol import Inventory
from stokehold.store import nodes
from tests.api.conftest import TOKEN, Runner

LEAST = {"name": "n", "profile": "docker-batch", "instanceCount": 1}
SSD = {"Discriminator": "SSDHardwareConstraint"}
PATH = "/hardware-constraints"
SEARCH = f"{PATH}/cpu-model-constraints/search"


def asking(client: TestClient, *constraints: dict[str, Any]) -> Any:
    return client.post("/tasks", json=LEAST | {"hardwareConstraints": list(constraints)})


def test_the_catalogue_is_what_the_machines_have(client: TestClient, runner: Runner) -> None:
    page = client.get(PATH, params={"limit": 50, "offset": 0}).json()
    assert {key: page[key] for key in ("offset", "limit", "total")} == {"offset": 0, "limit": 50, "total": 10}
    assert {"discriminator": "MinimumCoreHardwareConstraint", "coreCount": 8} in page["data"]
    assert {"discriminator": "SpecificHardwareConstraint", "specificationKey": "8c-32g-x"} in page["data"]
    assert {"discriminator": "NoGpuHardwareConstraint"} in page["data"]


@pytest.mark.parametrize(
    ("query", "limit", "offset"),
    [
        ("", 50, 0),
        ("?Limit=3&Offset=2", 3, 2),
        ("?limit=0", 50, 0),
        ("?limit=51", 50, 0),
        ("?limit=-1", 50, 0),
    ],
)
def test_pages_are_cut_as_clients_ask(
    client: TestClient, runner: Runner, query: str, limit: int, offset: int
) -> None:
    page = client.get(PATH + query).json()
    assert (page["limit"], page["offset"]) == (limit, offset)
    assert len(page["data"]) == min(limit, page["total"] - offset)


@pytest.mark.parametrize("query", ["?limit=a", "?offset=-1", "?offset=1.5"])
def test_a_page_that_makes_no_sense_is_refused(client: TestClient, query: str) -> None:
    assert client.get(PATH + query).status_code == 400


def test_models_of_cpu_are_searched_by_name(client: TestClient, runner: Runner) -> None:
    found = client.get(SEARCH, params={"cpuModel": "cpu"}).json()
    assert found == [{"discriminator": "CpuModelHardwareConstraint", "cpuModel": "CPU X"}]
    assert client.get(SEARCH, params={"cpuModel": "epyc"}).json() == []
    assert client.get(SEARCH).json()["message"] == "cpuModel: is required"


def test_a_task_keeps_and_shows_what_it_asks_of_machines(
    client: TestClient, submit: Callable[..., str], runner: Runner
) -> None:
    asked = [
        {"discriminator": "MinimumCoreHardwareConstraint", "coreCount": 4},
        {"discriminator": "NoSSDHardwareConstraint"},
    ]
    task = client.get(f"/tasks/{submit(hardwareConstraints=asked)}").json()
    assert task["hardwareConstraints"] == asked
    assert len(runner.lease(1)) == 1


def test_what_no_machine_meets_is_refused_with_402_and_what_is_allowed(
    client: TestClient, runner: Runner
) -> None:
    response = asking(client, {"discriminator": "MinimumRamHardwareConstraint", "minimumMemoryMB": 999999})
    assert response.status_code == 402
    assert "hardware constraint MinimumRam 999999 MB. Allowed are: 32768 MB." in response.json()["message"]
    assert client.get("/tasks").json() == []


def test_a_constraint_without_its_value_is_refused_with_400(client: TestClient, runner: Runner) -> None:
    response = asking(client, {"discriminator": "CpuModelHardwareConstraint"})
    assert response.status_code == 400
    assert response.json()["message"].startswith("hardwareConstraints[0].cpuModel: ")


def test_machines_that_may_come_and_those_that_just_left_count(services: Services, runner: Runner) -> None:
    told = replace(services, machines=[configured("96c-512g-amd-epyc9654-ssd | AMD EPYC 9654 | gpu")])
    with TestClient(build(told), headers={"authorization": TOKEN}) as client:
        assert asking(client, SSD, {"discriminator": "GpuHardwareConstraint"}).status_code == 200
        assert runner.lease(1) == []
        why = client.get("/tasks").json()[0]["uuid"]
        assert "hardware constraint Gpu" in client.get(f"/tasks/{why}").json()["explanation"]
    write = runner.database.write_now
    large = Inventory("large", cores=64, memory_mb=1, ssd=True)
    write(nodes.introduce, "large", "s", large, services.clock())
    with TestClient(build(services), headers={"authorization": TOKEN}) as client:
        assert asking(client, SSD).status_code == 200
