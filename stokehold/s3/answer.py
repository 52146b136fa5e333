"""What the gateway answers."""

import asyncio
import secrets
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing, suppress
from email.utils import formatdate
from typing import Any, Protocol

from stokehold.s3.errors import S3Error

Send = Callable[[Any], Awaitable[None]]
Receive = Callable[[], Awaitable[Any]]


class Stream(Protocol):
    """Bytes that come piece by piece, and what is held for them."""

    def pieces(self) -> AsyncGenerator[bytes]: ...
    def close(self) -> None: ...


class Answer:
    """A status, headers, and a body: bytes, or a stream of `length` bytes."""

    def __init__(
        self,
        status: int = 200,
        headers: dict[str, str] | None = None,
        body: bytes = b"",
        stream: Stream | None = None,
        length: int | None = None,
    ) -> None:
        self.status, self.headers, self.body, self.stream = status, headers or {}, body, stream
        self.length = len(body) if length is None else length

    async def send(self, receive: Receive, send: Send, *, with_body: bool) -> None:
        """Give the answer. A client that goes away ends the stream."""
        try:
            raw = [(name.encode(), value.encode("latin-1")) for name, value in self._headers().items()]
            await send({"type": "http.response.start", "status": self.status, "headers": raw})
            if self.stream and with_body and not await _pour(self.stream, receive, send):
                return
            body = self.body if with_body else b""
            await send({"type": "http.response.body", "body": body})
        finally:
            if self.stream:
                self.stream.close()

    def _headers(self) -> dict[str, str]:
        if self.status in {204, 304}:  # these have no body, not even an empty one
            return self.headers
        return {"content-length": str(self.length), **self.headers}


async def _pour(stream: Stream, receive: Receive, send: Send) -> bool:
    """Whether the client took it all."""
    gone = asyncio.ensure_future(_departure(receive))
    try:
        async with aclosing(stream.pieces()) as pieces:
            async for piece in pieces:
                if gone.done():
                    return False
                await send({"type": "http.response.body", "body": piece, "more_body": True})
        return not gone.done()
    finally:
        gone.cancel()
        with suppress(asyncio.CancelledError):
            await gone


async def _departure(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def document(text: str, status: int = 200, headers: dict[str, str] | None = None) -> Answer:
    """An XML document."""
    return Answer(status, {"content-type": "application/xml", **(headers or {})}, text.encode())


def printable(name: str, value: str) -> str:
    """`value`, if it may stand in a header. Raises S3Error: a line break would begin a header of its own."""
    if not value.isprintable() or any(ord(character) > 0xFF for character in value):
        raise S3Error("InvalidArgument", f"{name} holds characters that no header may hold.")
    return value


def http_date(moment_us: int) -> str:
    return formatdate(moment_us // 1_000_000, usegmt=True)


def new_request_id() -> str:
    return secrets.token_hex(8).upper()
