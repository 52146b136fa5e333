"""The fixtures that every folder of tests shares."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from stokehold.store.database import Database
from tests import postgresql, tools

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
