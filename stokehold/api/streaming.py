"""Server-sent events: an answer that goes on, in a form that every browser reads (an extension)."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import msgspec
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from stokehold.api.call import Call
from stokehold.domain.errors import Invalid

HEARTBEAT_S = 15.0  # proxies end connections on which nothing comes
HEARTBEAT = b": still here\n\n"

_HEADERS = {"cache-control": "no-store", "x-accel-buffering": "no"}  # nor may a proxy gather them

Events = AsyncGenerator[bytes, None]


class EventStream(StreamingResponse):
    """Sends events until there are no more or the client is gone; then whatever made them is closed at once.

    What the client is slow to read waits in the store, not here: nothing is made before the last piece was taken.
    """

    media_type = "text/event-stream"

    def __init__(self, events: Events) -> None:
        super().__init__(events, headers=_HEADERS)
        self._events = events

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] == "HEAD":
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            await send({"type": "http.response.body", "body": b""})
            await self._events.aclose()
            return
        sending = asyncio.create_task(self._send(send))
        leaving = asyncio.create_task(self.listen_for_disconnect(receive))
        try:
            await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (sending, leaving):
                task.cancel()
            _, failed = await asyncio.gather(leaving, sending, return_exceptions=True)
        if isinstance(failed, Exception):
            raise failed

    async def _send(self, send: Send) -> None:
        async with aclosing(self._events):
            await self.stream_response(send)


def event(data: object, *, name: str = "", number: int | None = None) -> bytes:
    """One event: its data is JSON on one line, so no text can be mistaken for the stream's own lines."""
    head = f"event: {name}\n" if name else ""
    place = "" if number is None else f"id: {number}\n"
    return f"{head}{place}data: {msgspec.json.encode(data).decode()}\n\n".encode()


def last_seen(call: Call) -> int | None:
    """The number of the last event that the client has had; None when it begins. Raises Invalid.

    Browsers send the header when they connect again by themselves.
    """
    header = call.request.headers.get("last-event-id", "")
    return offset("lastEventId", [*call.query("lastEventId"), *([header] if header else [])])


def offset(name: str, given: list[str]) -> int | None:
    """The last of the values of a parameter that is a place in a stream. Raises Invalid."""
    text = given[-1].strip() if given else ""
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise Invalid(name, "must be a whole number, as an earlier answer told it")
    return int(text)
