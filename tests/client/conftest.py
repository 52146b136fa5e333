"""One server for all tests of the SDK, and a client of it."""

import os
from collections.abc import Iterator

import pytest

from stokehold.client import Client
from tests.system.cluster import Stokehold
from tests.system.servers import Servers, servers

__all__ = ["servers"]


@pytest.fixture(scope="session")
def stokehold(servers: Servers) -> Stokehold:
    """A running server with its runner."""
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1"
    return servers("process").stokehold


@pytest.fixture
def client(stokehold: Stokehold) -> Iterator[Client]:
    with Client(stokehold.api, stokehold.token) as connected:
        yield connected
