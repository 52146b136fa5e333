"""The fixtures that every folder of tests shares."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from stokehold.store.database import Database
from tests import postgresql, tools

if TYPE_CHECKING:
    from stokehold.client import Client
    from tests.system.cluster import Stokehold
    from tests.system.servers import Servers

# A slow machine is no fault of the code.
settings.register_profile(
    "steady", deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)
settings.load_profile("steady")


@pytest.fixture(scope="session")
def require() -> Callable[[str], Path]:
    """`require("podman")`: its path, or a skip with the reason (a failure where CI=true)."""
    return tools.require


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[postgresql.Server]:
    with postgresql.server() as running:
        yield running


@pytest.fixture(scope="session")
def _migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with the tables of this version: copying it is cheaper than making it."""
    path = tmp_path_factory.mktemp("template") / "stokehold.db"
    Database(f"sqlite:///{path}").close()
    return path


@pytest.fixture
def sqlite_url(tmp_path: Path, _migrated: Path) -> str:
    """The URL of a fresh SQLite database."""
    path = tmp_path / "stokehold.db"
    shutil.copyfile(_migrated, path)
    return f"sqlite:///{path}"


@pytest.fixture
def postgresql_url(postgresql_server: postgresql.Server) -> Iterator[str]:
    """The URL of a fresh PostgreSQL database."""
    url = postgresql_server.fresh()
    yield url
    postgresql_server.drop(url)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of a fresh database, once on each dialect."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A fresh database, once on each dialect."""
    opened = Database(database_url)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def _shared_servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator["Servers"]:
    from tests.system.servers import Servers  # it loads the public SDK, which most tests do without

    made = Servers(tmp_path_factory.mktemp("servers"))
    yield made
    made.close()


@pytest.fixture
def servers(_shared_servers: "Servers") -> Iterator["Servers"]:
    """The servers that all tests share. Whatever became of a test, nothing of it goes on in them."""
    yield _shared_servers
    _shared_servers.clear()


@pytest.fixture
def stokehold(servers: "Servers") -> "Stokehold":
    """A running server with its runner."""
    return servers("process").stokehold


@pytest.fixture
def client(stokehold: "Stokehold") -> Iterator["Client"]:
    """A client of that server."""
    from stokehold.client import Client

    with Client(stokehold.api, stokehold.token) as connected:
        yield connected
