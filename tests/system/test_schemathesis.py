"""Schemathesis asks a real server anything that /openapi.json allows, and much that it does not: nothing is a 5xx.

`STOKE_TEST_EXAMPLES=500` asks more of each operation.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode

from stokehold.api.operations import OPERATIONS
from stokehold.api.routes import Route
from tests import contract
from tests.system.cluster import Stokehold, final
from tests.waiting import DEADLINE_S

EXAMPLES = int(os.environ.get("STOKE_TEST_EXAMPLES", "20"))
LONGEST_S = DEADLINE_S  # an answer that takes longer is a fault of its own

#: What ends things comes last, so that the others find them.
BUILT = sorted((route for route in OPERATIONS if route.built), key=lambda route: route.method == "DELETE")
UNBUILT = [route for route in OPERATIONS if not route.built]

pytestmark = pytest.mark.filterwarnings("ignore")  # of Schemathesis, about data that it could not make


class Fuzzed:
    """A server that runs nothing, with tasks that were run before."""

    def __init__(self, stokehold: Stokehold, known: list[str]) -> None:
        self.known = known
        self.url = stokehold.api
        self.document = schemathesis.openapi.from_dict(contract.ours().document)
        self.http = requests.Session()
        self.http.headers["Authorization"] = stokehold.token
        self.http.trust_env = False
        self.http.hooks["response"].append(contract.seen_by_sdk)

    def cases(self, route: Route, mode: GenerationMode) -> Any:
        operation = self.document[route.path.replace("...", "")][route.method]
        return operation.as_strategy(generation_mode=mode)

    def ask(self, route: Route, case: Any, which: int) -> requests.Response:
        """Make the call; of something that exists unless `which` is past what is known. A stream is only begun."""
        if "id" in case.path_parameters and which < len(self.known):
            case.path_parameters = {**case.path_parameters, "id": self.known[which]}
        call = case.as_transport_kwargs(base_url=self.url)
        with self.http.request(**{**call, "timeout": LONGEST_S, "stream": route.stream}) as response:
            return response


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fuzzed]:
    """Nobody runs what Schemathesis submits: its commands are anything."""
    data = tmp_path_factory.mktemp("schemathesis")
    with Stokehold(data) as stokehold:
        known = list(_some_tasks(stokehold, data))
    with Stokehold(data, flags=["--no-runner"]) as stokehold:
        yield Fuzzed(stokehold, known)


def _some_tasks(stokehold: Stokehold, data: Path) -> Iterator[str]:
    """An ended one, one that failed, and one that nobody will run."""
    sdk = stokehold.connection()
    for command, count in (("sh -c 'echo a; touch ${INSTANCE_ID}'", "0-3,7"), ("sh -c 'exit 3'", "1")):
        task = sdk.create_task("fuzzed", "docker-batch", count)
        task.constants["DOCKER_CMD"] = command
        task.results = sdk.create_bucket("fuzzed")
        task.submit()
        yield final(task).uuid
    stokehold.end_server()
    stokehold.end_runner()
    stokehold.flags = ["--no-runner"]
    stokehold.restart()
    task = stokehold.connection().create_task("waiting", "docker-batch", 3)
    task.submit()
    yield task.uuid


@pytest.mark.parametrize(
    "mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=lambda mode: mode.value
)
@pytest.mark.parametrize("route", BUILT, ids=lambda route: f"{route.method} {route.path}")
def test_nothing_that_is_asked_breaks_the_server(route: Route, mode: GenerationMode, fuzzed: Fuzzed) -> None:
    if mode is GenerationMode.NEGATIVE and not (route.body or route.query or "{" in route.path):
        return  # there is nothing that could be wrong

    @seed(1)
    @settings(
        max_examples=EXAMPLES, deadline=None, database=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(fuzzed.cases(route, mode), st.integers(0, len(fuzzed.known)))
    def asked(case: Any, which: int) -> None:
        response = fuzzed.ask(route, case, which)
        assert response.status_code < 500 or _says_what_is_not_built(response), (
            f"{response.status_code} to {response.request.method} {response.request.url} "
            f"{response.request.body!r}: {response.text[:500]}"
        )

    asked()


def _says_what_is_not_built(response: requests.Response) -> bool:
    """A submission may ask for what is not built."""
    return response.status_code == 501 and "not built in this version" in response.json()["message"]


@pytest.mark.parametrize("route", UNBUILT, ids=lambda route: f"{route.method} {route.path}")
def test_what_is_not_built_says_so_whatever_is_asked(route: Route, fuzzed: Fuzzed) -> None:
    path = route.path.replace("{id}", fuzzed.known[0]).replace("{", "").replace("...}", "").replace("}", "")
    response = fuzzed.http.request(route.method, fuzzed.url + path, data=b"\x00", timeout=LONGEST_S)
    assert response.status_code == 501


def test_the_server_is_well_afterwards(fuzzed: Fuzzed) -> None:
    health = fuzzed.http.get(f"{fuzzed.url}/health", timeout=LONGEST_S)
    assert health.json()["status"] == "ok"
