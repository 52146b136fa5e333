"""A runner that says exactly what a test wants it to say, to a desk behind the real application."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import msgspec
import pytest

from stokehold.api import sync
from stokehold.api.app import build
from stokehold.api.services import Services
from stokehold.api.sync import SyncDesk
from stokehold.domain.presence import Presence
from stokehold.domain.protocol import Answer, Ended, Inventory, Lease, Phased, Report, Sync
from stokehold.domain.states import Phase
from tests.api.shelf import Shelf
from tests.store.kitchen import Kitchen

TOKEN = "runnert0ken"
LONG_S = 600.0  # longer than any test: a call that waits so long is answered when it is woken


class Counter:
    """The desk, what it works on, and a way to call it. One for each event loop."""

    def __init__(self, kitchen: Kitchen, http: httpx2.AsyncClient, desk: SyncDesk, shelf: Shelf) -> None:
        self.kitchen, self.http, self.desk, self.shelf = kitchen, http, desk, shelf

    async def send(self, body: bytes, token: bytes = TOKEN.encode()) -> httpx2.Response:
        return await self.http.post("/runner/v1/sync", content=body, headers={b"authorization": token})

    def speaker(self, node: str = "n1", session: str = "s1") -> "Speaker":
        return Speaker(self, node, session)


class Speaker:
    """One node's runner. Reports are numbered in their order unless a test says otherwise."""

    def __init__(self, counter: Counter, node: str, session: str) -> None:
        self._counter, self.node, self.session = counter, node, session
        self.seq = 1

    async def say(self, **words: Any) -> Answer:
        body = msgspec.msgpack.encode(Sync(self.node, self.session, **words))
        answer = await self._counter.send(body)
        assert answer.status_code == 200, answer.text
        return msgspec.msgpack.decode(answer.content, type=Answer)

    async def introduce(self, *held: str) -> Answer:
        return await self.say(
            held=list(held), inventory=Inventory(self.node, cores=4, memory_mb=4096, slots=2)
        )

    async def ask(self, want: int, wait_s: float = 0.0, **words: Any) -> list[Lease]:
        return (await self.say(want=want, wait_s=wait_s, **words)).leases

    def asking(self, want: int, wait_s: float = LONG_S) -> "asyncio.Task[Answer]":
        """A call that waits for work."""
        return asyncio.create_task(self.say(want=want, wait_s=wait_s))

    async def report(self, *reports: Report) -> Answer:
        answer = await self.say(seq=self.seq, reports=list(reports))
        self.seq += len(reports)
        return answer


def begun(token: str, at: int = 5) -> Phased:
    return Phased(token, Phase.EXECUTION, at)


def ended(token: str, at: int = 9) -> Ended:
    return Ended(token, at, exit_code=0, execution_us=3)


@asynccontextmanager
async def counter(kitchen: Kitchen) -> AsyncIterator[Counter]:
    """A desk over the kitchen's database, that lets calls wait as long as they like."""
    shelf = Shelf()

    def clock() -> int:
        return kitchen.now

    desk = SyncDesk(kitchen.database, shelf, Presence(), TOKEN, clock)
    app = build(Services(kitchen.database, shelf, clock), desk.routes())
    transport = httpx2.ASGITransport(app=app)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sync, "LONGEST_WAIT_S", LONG_S)
        async with httpx2.AsyncClient(transport=transport, base_url="http://stokehold", timeout=None) as http:
            yield Counter(kitchen, http, desk, shelf)
