"""Reading a request's body: unwrapped, counted, hashed and verified in worker threads, piece by piece."""

import asyncio
import base64
import binascii
import contextlib
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import Executor
from typing import Any, Protocol

from msgspec import Struct

from stokehold.s3 import checksums
from stokehold.s3.auth import Mode, Payload
from stokehold.s3.chunked import ChunkDecoder
from stokehold.s3.errors import Disconnected, S3Error
from stokehold.s3.request import Request
from stokehold.store.objects import Checksum

PIECE = 1024 * 1024
MAX_OBJECT = 5 * 1024**3
MAX_DOCUMENT = 2 * 1024**2
DRAINED = 64 * 1024  # a refused body of this size is read all the same, to keep the connection
IDLE_S = 60.0

Receive = Callable[[], Awaitable[Any]]


class Sink(Protocol):
    """Where the decoded bytes go."""

    def write(self, data: bytes) -> None: ...


class Digest(Struct, frozen=True):
    """What a body turned out to be: its MD5 in hex, and the checksum that was asked for."""

    size: int
    md5: str
    checksum: Checksum | None = None


class Collected:
    """A sink in memory."""

    def __init__(self) -> None:
        self.data = bytearray()

    def write(self, data: bytes) -> None:
        self.data += data


class Expected(Struct, frozen=True):
    """What the headers say of the body. `algorithm` names a checksum to compute, `value` what it must be."""

    length: int
    md5: str = ""
    algorithm: str = ""
    value: str = ""
    trailer: bool = False  # the value comes after the body


def expected(request: Request, payload: Payload) -> Expected:
    """Read the headers about the body. Raises S3Error."""
    given = [name for name in request.headers if _is_value(name)]
    trailer = request.headers.get("x-amz-trailer", "")
    if len(given) + bool(trailer) > 1:
        raise S3Error("InvalidRequest", "Expecting a single x-amz-checksum- header")
    if trailer and payload.mode not in {Mode.TRAILER, Mode.SIGNED_TRAILER}:
        raise S3Error("InvalidRequest", "x-amz-trailer needs a body with a trailer.")
    algorithm = checksums.announced(trailer or given[0]) if trailer or given else ""
    value = checksums.valid(algorithm, request.headers[given[0]]) if given else ""
    return Expected(_length(request, payload), _md5(request), algorithm, value, bool(trailer))


class Intake:
    """The work on a body that blocks: for a worker thread, one call at a time."""

    def __init__(self, expected: Expected, payload: Payload, sink: Sink, algorithm: str = "") -> None:
        self._expected, self._payload, self._sink = expected, payload, sink
        self._decoder = _decoder(expected, payload)
        self._md5 = hashlib.md5(usedforsecurity=False)
        self._sha256 = hashlib.sha256() if payload.sha256 else None
        self._algorithm = expected.algorithm or algorithm
        self._checksum = checksums.new(self._algorithm) if self._algorithm else None
        self._size = 0

    def feed(self, raw: bytes) -> None:
        for piece in self._decoder.feed(raw) if self._decoder else (raw,):
            self._take(piece)

    def finish(self) -> Digest:
        """Verify the whole. Raises S3Error."""
        if self._decoder:
            self._decoder.finish()
        if self._size != self._expected.length:
            raise S3Error("IncompleteBody")
        if self._sha256 and self._sha256.hexdigest() != self._payload.sha256:
            raise S3Error("XAmzContentSHA256Mismatch")
        md5 = self._md5.hexdigest()
        if self._expected.md5 and self._expected.md5 != md5:
            raise S3Error("BadDigest", "The Content-MD5 you specified did not match what we received.")
        return Digest(self._size, md5, self._verified())

    def _take(self, piece: bytes) -> None:
        self._size += len(piece)
        self._md5.update(piece)
        if self._sha256:
            self._sha256.update(piece)
        if self._checksum:
            self._checksum.update(piece)
        self._sink.write(piece)

    def _verified(self) -> Checksum | None:
        if not self._checksum:
            return None
        value = checksums.encoded(self._checksum.digest())
        said = self._expected.value
        if self._expected.trailer and self._decoder:
            said = checksums.valid(
                self._algorithm, self._decoder.trailers[checksums.PREFIX + self._algorithm]
            )
        if said and said != value:
            raise S3Error("BadDigest", f"The {self._algorithm.upper()} you specified did not match.")
        return Checksum(self._algorithm, value)


class Body:
    """The body of one request, not yet read."""

    def __init__(self, request: Request, payload: Payload, receive: Receive, executor: Executor) -> None:
        self.touched = self.whole = False  # has begun to be read, was read to its end
        self._request, self._payload = request, payload
        self._receive, self._executor = receive, executor

    def expected(self) -> Expected:
        return expected(self._request, self._payload)

    async def pour(
        self, sink: Sink, finish: Callable[[], None], *, limit: int = MAX_OBJECT, algorithm: str = ""
    ) -> Digest:
        """Read everything into `sink`, verify it, then call `finish` in the same worker thread."""
        expectation = self.expected()
        if expectation.length > limit:
            raise S3Error("EntityTooLarge" if limit == MAX_OBJECT else "MalformedXML")
        intake = Intake(expectation, self._payload, sink, algorithm)
        loop = asyncio.get_running_loop()
        running: asyncio.Future[None] | None = None
        try:
            async for piece, last in self._pieces(limit):
                if running:
                    await running
                if last:
                    return await loop.run_in_executor(self._executor, _end, intake, piece, finish)
                running = loop.run_in_executor(self._executor, intake.feed, piece)
        finally:
            if running and not running.done():
                with contextlib.suppress(Exception):  # the first failure is the one to tell
                    await running
        raise Disconnected()

    def spoils_connection(self) -> bool:
        """The unread rest would be taken for the next request, or be more than is worth reading."""
        headers = self._request.headers
        if self.whole or (headers.get("content-length", "0") == "0" and "transfer-encoding" not in headers):
            return False
        small = "transfer-encoding" not in headers and int(headers["content-length"]) <= DRAINED
        return self.touched or not small or "expect" in headers

    async def document(self) -> bytes:
        """The whole of a small body, verified."""
        if "content-length" not in self._request.headers and self._payload.mode == Mode.PLAIN:
            if "transfer-encoding" in self._request.headers:
                raise S3Error("MissingContentLength")
            return b""
        collected = Collected()
        await self.pour(collected, _nothing, limit=MAX_DOCUMENT)
        return bytes(collected.data)

    async def _pieces(self, limit: int) -> AsyncIterator[tuple[bytes, bool]]:
        """The raw body in pieces of PIECE or more, and whether each is the last."""
        self.touched = True
        piece = bytearray()
        total = 0
        more = True
        while more:
            message = await self._message()
            data, more = message.get("body", b""), message.get("more_body", False)
            self.whole = not more
            total += len(data)
            if total > limit + limit // 16 + 65536:  # framing adds little
                raise S3Error("EntityTooLarge")
            if not piece and not more:
                yield data, True
                return
            piece += data
            if len(piece) >= PIECE and more:
                yield bytes(piece), False
                piece = bytearray()
        yield bytes(piece), True

    async def _message(self) -> Any:
        try:
            async with asyncio.timeout(IDLE_S):
                message = await self._receive()
        except TimeoutError:
            raise S3Error("RequestTimeout") from None
        if message["type"] == "http.disconnect":
            raise Disconnected()
        return message


def _end(intake: Intake, piece: bytes, finish: Callable[[], None]) -> Digest:
    intake.feed(piece)
    digest = intake.finish()
    finish()
    return digest


def _nothing() -> None:
    pass


def _decoder(expected: Expected, payload: Payload) -> ChunkDecoder | None:
    if payload.mode == Mode.PLAIN:
        return None
    trailer = checksums.PREFIX + expected.algorithm if expected.trailer else ""
    sealed = payload.mode == Mode.SIGNED_TRAILER
    return ChunkDecoder(expected.length, trailer, payload.seal, sealed_trailer=sealed)


def _length(request: Request, payload: Payload) -> int:
    name = "content-length" if payload.mode == Mode.PLAIN else "x-amz-decoded-content-length"
    text = request.headers.get(name, "")
    if not text:
        raise S3Error("MissingContentLength")
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise S3Error("InvalidArgument", f"The header {name} is not a length.")
    return int(text)


def _md5(request: Request) -> str:
    text = request.headers.get("content-md5")
    if text is None:
        return ""
    try:
        digest = base64.b64decode(text, validate=True)
    except binascii.Error:
        digest = b""
    if len(digest) != 16:
        raise S3Error("InvalidDigest")
    return digest.hex()


def _is_value(name: str) -> bool:
    known = name.removeprefix(checksums.PREFIX)
    return name.startswith(checksums.PREFIX) and known not in {"mode", "algorithm", "type"}
