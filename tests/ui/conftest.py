"""Debian's Chromium, and a server whose UI it shows."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests import tools
from tests.system.servers import Server, Servers
from tests.ui.chromium import chromium
from tests.ui.reader import ROOT, Reader, reading


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = tools.require("chromium")
    if not (ROOT / "stokehold" / "web" / "index.html").exists():
        tools.missing("the UI is not built: `make setup` builds it where Node.js is")
    with chromium(path) as started:
        yield started


@pytest.fixture
def server(servers: Servers) -> Server:
    """A running server that carries instances out as plain processes."""
    return servers("process", STOKE_RUNNER_SLOTS="4", STOKE_RUNNER_SAMPLE_S="1")


@pytest.fixture
def reader(browser: Browser, server: Server) -> Iterator[Reader]:
    """Somebody signed in. Errors in the browser's console fail the test."""
    with reading(browser, server.stokehold.api, server.stokehold.token) as somebody:
        yield somebody
    assert somebody.faults == []
