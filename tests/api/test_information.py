from collections.abc import Callable

import pytest
from starlette.testclient import TestClient

from stokehold import __version__
from stokehold.api.app import build
from stokehold.api.services import Services
from tests.api.conftest import Runner


def test_settings_tell_where_the_storage_is(client: TestClient) -> None:
    assert client.get("/settings").json() == {"storage": "http://storage.example.org:8081"}


def test_there_is_one_version_and_it_does_not_end(client: TestClient) -> None:
    assert client.get("/versions").json() == [{"version": "v1", "endOfLife": None}]


def test_the_root_says_that_the_token_is_good(client: TestClient) -> None:
    assert client.get("/v1/").status_code == 200


def test_profiles_are_listed_and_described(client: TestClient) -> None:
    names = client.get("/profiles").json()
    assert names == ["docker-batch", "docker-network"]
    for name in names:
        profile = client.get(f"/profiles/{name}").json()
        assert profile["name"] == name
        assert {"name": "DOCKER_TAG", "value": "latest", "description": "The tag of the image."} in profile[
            "constants"
        ]


def test_an_unknown_profile_is_not_found(client: TestClient) -> None:
    response = client.get("/profiles/blender")
    assert (response.status_code, response.json()) == (404, {"message": "No such profile: blender"})


def test_an_account_reads_what_it_is_and_uses(
    client: TestClient, submit: Callable[..., str], runner: Runner
) -> None:
    submit(instanceCount=3)
    for lease in runner.lease(2):
        runner.begin(lease.token)
    info = client.get("/info").json()
    assert info["email"] == "user@example.org"
    assert (info["taskCount"], info["runningTaskCount"]) == (1, 1)
    assert (info["runningInstanceCount"], info["runningCoreCount"]) == (2, 8)
    quota = info["computingQuotas"]["user"]["flex"]
    assert quota["runningCoresCount"] == quota["runningCoreCount"] == 8


def test_no_number_of_an_account_is_null_or_too_large_for_its_clients(client: TestClient) -> None:
    info = client.get("/info").json()
    numbers = {key: value for key, value in info.items() if isinstance(value, int)}
    assert all(0 <= value < 2**31 for key, value in numbers.items() if "Bytes" not in key)
    assert all(0 <= value < 2**53 for key, value in numbers.items())
    assert None not in info.values()


def test_health_tells_the_facts(services: Services) -> None:
    told = Services(services.database, services.storage, services.clock, facts=lambda: {"engine": "local"})
    with TestClient(build(told)) as client:
        assert client.get("/health").json() == {"status": "ok", "version": __version__, "engine": "local"}


@pytest.mark.parametrize("path", ["/metrics", "/v1/metrics"])
def test_metrics_are_what_prometheus_reads(services: Services, path: str) -> None:
    told = Services(services.database, services.storage, services.clock, metrics=lambda: b"up 1\n")
    with TestClient(build(told)) as client:
        response = client.get(path)
    assert response.text == "up 1\n"
    assert response.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
