"""A client of a stream, spoken to through ASGI: it reads as events come, and can go away."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import pytest
from starlette.types import ASGIApp

from stokehold.api import feed, live
from tests.waiting import DEADLINE_S, eventually


class Event(NamedTuple):
    name: str
    data: Any
    id: str


class Listener:
    """One request, and what has come of its answer."""

    def __init__(self) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self.body = b""
        self.over = False
        self._leave = asyncio.Event()

    async def receive(self) -> dict[str, Any]:
        await self._leave.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {k.decode(): v.decode() for k, v in message["headers"]}
        else:
            self.body += message.get("body", b"")
            self.over = not message.get("more_body", False)

    def leave(self) -> None:
        """The client is gone."""
        self._leave.set()

    @property
    def events(self) -> list[Event]:
        return [_event(block) for block in self.body.decode().split("\n\n")[:-1] if "data: " in block]

    def named(self, name: str) -> list[Any]:
        return [event.data for event in self.events if event.name == name]

    @property
    def text(self) -> str:
        return "".join(event.data["text"] for event in self.events if not event.name)

    async def until(self, condition: Callable[[], object], what: str) -> None:
        await eventually(condition, what=what)


@asynccontextmanager
async def listening(
    app: ASGIApp, path: str, query: str = "", headers: Mapping[str, str] | None = None
) -> AsyncIterator[Listener]:
    """A GET that goes on while the block lasts; then its client is gone, and nothing of it may be left.

    It looks again when something rings, and only then: it has no heartbeat.
    """
    made = Listener()
    given = {"authorization": "t0ken"} if headers is None else headers
    scope = {
        "type": "http", "method": "GET", "path": path, "raw_path": path.encode(), "query_string": query.encode(),
        "headers": [(k.encode(), v.encode()) for k, v in given.items()], "asgi": {"version": "3.0"},
        "http_version": "1.1", "scheme": "http", "root_path": "", "server": ("h", 80), "client": ("c", 1),
    }  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        for module in (feed, live):
            patch.setattr(module, "HEARTBEAT_S", 600.0)
        task = asyncio.create_task(app(scope, made.receive, made.send))  # type: ignore[arg-type]
        try:
            await eventually(lambda: made.status or task.done(), what="an answer begins")
            yield made
        finally:
            made.leave()
            await asyncio.wait_for(task, DEADLINE_S)


def _event(block: str) -> Event:
    fields = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
    return Event(fields.get("event", ""), json.loads(fields["data"]), fields.get("id", ""))
