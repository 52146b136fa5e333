"""The REST application over a real database, with a client that is let in."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from stokehold.api.app import build
from stokehold.api.services import Services
from stokehold.domain.protocol import Ended, Inventory, Phased
from stokehold.domain.states import Phase
from stokehold.store import accounts, journal, leases, nodes
from stokehold.store.database import Database
from stokehold.store.vault import Vault
from tests import contract
from tests.api.shelf import Shelf

TOKEN = "t0ken"
START = 1_767_607_231_537_708  # 2026-01-05T10:00:31.537708Z


class Clock:
    """A clock that goes on when it is told to."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> int:
        return self.now


class Runner:
    """A node that carries out what it is told, through the store's own doors."""

    def __init__(self, database: Database, clock: Clock, name: str = "oven") -> None:
        self.database, self.clock = database, clock
        self.inventory = Inventory(name, cores=8, memory_mb=32768, slots=2, cpu_model="CPU X", max_ghz=3.5)
        self.node = database.write_now(nodes.introduce, name, "s1", self.inventory, clock())
        self._secrets = 0

    def lease(self, count: int) -> list[Any]:
        given = self.database.write_now(leases.claim, self.node, count, self._secret, self.clock())
        return [lease for one in given for lease in one.leases]

    def begin(self, token: str, phase: Phase = Phase.EXECUTION) -> None:
        self.record(Phased(token, phase, self.clock()))

    def end(self, token: str, **report: Any) -> None:
        self.record(Ended(token, self.clock(), **{"exit_code": 0, **report}))

    def record(self, *events: Any) -> None:
        self.database.write_now(journal.record, list(events), self.clock())

    def run(self, count: int, **report: Any) -> None:
        """Carry out up to `count` instances."""
        for lease in self.lease(count):
            self.end(lease.token, **report)

    def _secret(self) -> str:
        self._secrets += 1
        return f"secret{self._secrets}"


#: For tests whose subject meets the dialects: `pytestmark = BOTH`. The others run on one.
BOTH = pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture(params=["sqlite"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of a fresh database."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def services(database: Database, shelf: Shelf, clock: Clock) -> Services:
    vault = Vault(b"k" * 32)
    for email, token in (("user@example.org", TOKEN), ("other@example.org", "0ther")):
        database.write_now(accounts.create, vault, email, token, clock())
    return Services(database, shelf, clock)


@pytest.fixture
def client(services: Services) -> Iterator[TestClient]:
    with TestClient(build(services), headers={"authorization": TOKEN}) as opened:
        opened.event_hooks = {"request": [], "response": [contract.seen_by_client]}
        yield opened


@pytest.fixture
def runner(database: Database, clock: Clock) -> Runner:
    return Runner(database, clock)


@pytest.fixture
def submit(client: TestClient) -> Callable[..., str]:
    """Submit a task, with the given fields; its UUID."""

    def submitted(**fields: Any) -> str:
        body = {"name": "n", "profile": "docker-batch", **fields}
        if "advancedRanges" not in body:
            body.setdefault("instanceCount", 1)
        response = client.post("/tasks", json=body)
        assert response.status_code == 200, response.text
        uuid: str = response.json()["uuid"]
        return uuid

    return submitted
