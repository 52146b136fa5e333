"""One connection to the server, kept open from call to call."""

import asyncio
import ssl
from typing import cast
from urllib.parse import SplitResult, urlsplit

import httptools

CONNECT_S = 5.0


class Line(asyncio.Protocol):
    """Sends one request at a time, of one form, and waits for its answer. Belongs to one event loop."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._parts = urlsplit(url)
        self._path = f"{self._parts.path}/runner/v1/sync"
        self._transport: asyncio.Transport | None = None
        self._answered: asyncio.Future[int] | None = None
        self._parser = httptools.HttpResponseParser(self)
        self._body: list[bytes] = []

    @property
    def open(self) -> bool:
        """Whether there is a connection."""
        return self._transport is not None

    async def call(self, body: bytes, token: str, patience_s: float) -> bytes:
        """The answer's body, within `patience_s` seconds. Raises OSError for whatever is not an answer of success."""
        if not self.open:
            await self._connect()
        transport = cast(asyncio.Transport, self._transport)
        self._answered = asyncio.get_running_loop().create_future()
        self._body = []
        transport.write(self._head(token, len(body)) + body)
        async with asyncio.timeout(patience_s):
            status = await self._answered
        if status == 401:
            raise OSError("the server does not know this runner's token")
        if status != 200:
            raise OSError(f"the server answered {status}")
        return b"".join(self._body)

    def cut(self) -> None:
        """End the connection; a call that is under way fails."""
        if self._transport is not None:
            self._transport.abort()

    async def _connect(self) -> None:
        encrypted = ssl.create_default_context() if self._parts.scheme == "https" else None
        self._parser = httptools.HttpResponseParser(self)
        async with asyncio.timeout(CONNECT_S):
            await asyncio.get_running_loop().create_connection(
                lambda: self, self._parts.hostname or "", _port(self._parts), ssl=encrypted
            )

    def _head(self, token: str, length: int) -> bytes:
        lines = (
            f"POST {self._path} HTTP/1.1",
            f"host: {self._parts.netloc.rpartition('@')[2]}",
            f"authorization: {token}",
            "content-type: application/msgpack",
            f"content-length: {length}",
        )
        return ("\r\n".join(lines) + "\r\n\r\n").encode()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._fail(exc if isinstance(exc, OSError) else ConnectionError("the server ended the connection"))

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            self._fail(ConnectionError(f"the server does not speak HTTP: {error}"))
            self.cut()

    def on_body(self, body: bytes) -> None:
        self._body.append(body)

    def on_message_complete(self) -> None:
        if self._answered is not None and not self._answered.done():
            self._answered.set_result(self._parser.get_status_code())
        if not self._parser.should_keep_alive() and self._transport is not None:
            self._transport.close()

    def _fail(self, error: OSError) -> None:
        if self._answered is not None and not self._answered.done():
            self._answered.set_exception(error)


def _port(parts: SplitResult) -> int:
    return parts.port or (443 if parts.scheme == "https" else 80)
