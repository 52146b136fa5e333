from collections.abc import Callable
from dataclasses import replace

from starlette.testclient import TestClient

from stokehold.api.app import build
from stokehold.api.services import UNLIMITED, Services
from stokehold.domain.protocol import Inventory
from stokehold.domain.quota import Quota, Quotas
from stokehold.store import nodes
from tests.api.conftest import TOKEN, Runner

PATH = "/quotas/computing-quotas"


def test_what_runs_is_counted_in_its_class(
    client: TestClient, submit: Callable[..., str], runner: Runner
) -> None:
    submit(instanceCount=3)
    submit(instanceCount=1, schedulingType="onDemand")
    for lease in runner.lease(3):
        runner.begin(lease.token)
    quotas = client.get(f"{PATH}/user").json()
    assert quotas["onDemand"]["runningInstancesCount"] == 1
    assert quotas["flex"] == {
        "maxInstances": UNLIMITED,
        "maxCores": UNLIMITED,
        "runningInstancesCount": 2,
        "runningCoresCount": 8,
        "runningCoreCount": 8,
    }
    info = client.get("/info").json()
    assert info["computingQuotas"]["user"] == quotas
    assert (info["runningFlexInstanceCount"], info["runningOnDemandCoreCount"]) == (2, 4)


def test_limits_are_told(services: Services) -> None:
    told = replace(services, quotas=Quotas(Quota(10, 20), Quota(instances=3)))
    with TestClient(build(told), headers={"authorization": TOKEN}) as client:
        quotas = client.get(f"{PATH}/user").json()
    assert (quotas["flex"]["maxInstances"], quotas["flex"]["maxCores"]) == (10, 20)
    assert (quotas["onDemand"]["maxInstances"], quotas["onDemand"]["maxCores"]) == (3, UNLIMITED)
    assert quotas["reserved"] == []


def test_reserved_machines_are_told_with_what_runs_on_them(
    client: TestClient, submit: Callable[..., str], runner: Runner
) -> None:
    lab = Inventory("lab", cores=8, memory_mb=32768, slots=4, reservation="lab", specification="8c-32g-lab")
    runner.node = runner.database.write_now(nodes.introduce, "lab", "s", lab, runner.clock())
    submit(schedulingType="Reserved", targetedReservationName="lab")
    submit(schedulingType="Reserved", targetedReservedMachineKey="8c-32g-lab")
    for lease in runner.lease(2):
        runner.begin(lease.token)
    assert client.get(f"{PATH}/user").json()["reserved"] == [
        {
            "maxInstances": 4,
            "maxCores": 8,
            "runningInstancesCount": 2,
            "runningCoresCount": 4,
            "runningCoreCount": 4,
            "machineKey": "8c-32g-lab",
            "reservationName": "lab",
        }
    ]


def test_there_is_no_organization(client: TestClient) -> None:
    response = client.get(f"{PATH}/organization")
    assert (response.status_code, response.json()["message"]) == (
        404,
        "This account belongs to no organization.",
    )
