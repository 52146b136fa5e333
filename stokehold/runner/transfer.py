"""Bytes to and from the object storage, by presigned URLs only: the runner has no credentials."""

import asyncio
import errno
import hashlib
import os
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from pathlib import Path
from typing import Protocol, TypeVar

import httpx2
from defusedxml.ElementTree import ParseError, fromstring

from stokehold.domain.errors import StokeholdError
from stokehold.domain.protocol import Destination, Part
from stokehold.runner import folder

PIECE = 256 * 1024  # bytes held in memory for each body that is under way
SMALL = 64 * 1024  # bytes that are hashed and written sooner than a thread is woken

_ANSWER = 64 * 1024  # bytes of an error or completion document that are read
_TIMEOUT = httpx2.Timeout(connect=5.0, read=60.0, write=60.0, pool=None)
_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


class TransferError(StokeholdError):
    """The bytes did not get through. `permanent`: the same request will not succeed later.

    `code` is the storage's own, such as NoSuchKey, when it told one. The reason never holds a URL.
    """

    def __init__(self, reason: str, *, permanent: bool, code: str = "", again_s: float = 0.0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.permanent = permanent
        self.code = code
        self.again_s = again_s  # the storage asked to be left alone so long


class Unreachable(TransferError):
    """The storage did not answer: nothing is known but that it is away."""


class Sink(Protocol):
    """Takes a body. Its methods may raise TransferError; `write` runs in any thread, one call at a time."""

    def begin(self, etag: str) -> None:
        """A body begins: forget what came before. `etag` has no quotes, and may be empty."""

    def write(self, data: bytes) -> None:
        """Take the next piece."""

    def finish(self) -> None:
        """The body has ended: check it."""


def client(connections: int = 32) -> httpx2.AsyncClient:
    """A client fit for transfers: it follows no redirect, a presigned URL is for one place."""
    limits = httpx2.Limits(max_connections=connections, max_keepalive_connections=connections)
    return httpx2.AsyncClient(timeout=_TIMEOUT, limits=limits, headers={"Accept-Encoding": "identity"})


class Transfer:
    """Downloads and uploads that try again.

    `tries`: how often a request is sent whose answers or contents are wrong. `patience_s`: how long a storage
    that does not answer is waited for. `pause_s`: the first pause, doubled after each try.
    """

    def __init__(
        self,
        http: httpx2.AsyncClient,
        *,
        tries: int = 8,
        patience_s: float = 300.0,
        pause_s: float = 0.1,
        parts: int = 4,
    ) -> None:
        self._http = http
        self._tries = tries
        self._patience_s = patience_s
        self._pause_s = pause_s
        self._parts = parts

    async def download(self, url: str, sink: Sink) -> None:
        """Bring the object at `url` into `sink`. Raises TransferError."""
        await self._persist(lambda: self._receive(url, sink))

    async def upload(self, destination: Destination, job_dir: Path) -> None:
        """Store the file `destination.path` of `job_dir`. Raises TransferError."""
        try:
            descriptor = folder.open_file(job_dir, destination.path)
        except (OSError, folder.BadPath) as error:
            raise TransferError(
                f"{destination.path} cannot be read: {_why(error)}", permanent=True
            ) from error
        with open(descriptor, "rb", buffering=0):  # closes it, whatever happens
            if destination.parts:
                await self._persist(lambda: self._store_parts(destination, descriptor))
            else:
                await self._persist(lambda: self._store_whole(destination, descriptor))

    async def upload_all(self, destinations: Iterable[Destination], job_dir: Path, at_once: int = 8) -> None:
        """Store many files. Raises the first TransferError; what has not begun by then is not stored."""
        await each(destinations, lambda destination: self.upload(destination, job_dir), at_once)

    async def _receive(self, url: str, sink: Sink) -> None:
        async with self._http.stream("GET", url) as answer:
            if answer.status_code != 200:
                raise _refusal(answer, await _body(answer))
            sink.begin(_etag(answer))
            async for data in answer.aiter_raw(PIECE):
                await _aside(len(data), sink.write, data)
            sink.finish()

    async def _store_whole(self, destination: Destination, descriptor: int) -> None:
        before = os.fstat(descriptor)
        await self._put(destination.url, descriptor, 0, before.st_size)
        _unchanged(destination.path, before, descriptor)

    async def _store_parts(self, destination: Destination, descriptor: int) -> None:
        before = os.fstat(descriptor)
        if before.st_size != sum(part.size for part in destination.parts):
            raise TransferError(f"{destination.path} has another size than was announced", permanent=True)
        digests: list[bytes] = [b""] * len(destination.parts)

        async def store(numbered: tuple[int, Part]) -> None:
            index, part = numbered
            digests[index] = await self._persist(
                lambda: self._put(part.url, descriptor, part.offset, part.size)
            )

        await each(enumerate(destination.parts), store, self._parts)
        _unchanged(destination.path, before, descriptor)
        await self._persist(lambda: self._complete(destination.complete, digests))

    async def _put(self, url: str, descriptor: int, offset: int, size: int) -> bytes:
        """Send a piece of a file; its MD5, which the storage has confirmed."""
        digest = hashlib.md5(usedforsecurity=False)
        body: bytes | AsyncIterator[bytes]
        if size <= SMALL:
            body = _read(descriptor, offset, size, digest.update)
        else:
            body = _pieces(descriptor, offset, size, digest.update)
        answer = await self._http.put(url, content=body, headers={"Content-Length": str(size)})
        if answer.status_code not in {200, 201, 204}:
            raise _refusal(answer, answer.content)
        _agree(_etag(answer), digest.hexdigest())
        return digest.digest()

    async def _complete(self, url: str, digests: Sequence[bytes]) -> None:
        answer = await self._http.post(
            url, content=_completion(digests), headers={"Content-Type": "application/xml"}
        )
        if answer.status_code != 200:
            raise _refusal(answer, answer.content)
        told = _element(answer.content, "ETag").strip('"')
        if not told:  # S3 may find out that it failed after it has said 200
            code = _element(answer.content, "Code")
            raise TransferError(f"the parts were not put together: {code}", permanent=False, code=code)
        whole = hashlib.md5(b"".join(digests), usedforsecurity=False).hexdigest()
        _agree(told.partition("-")[0], whole)

    async def _persist(self, act: Callable[[], Awaitable[_Result]]) -> _Result:
        """Do `act` until it succeeds, cannot succeed, or has had its chances."""
        clock = asyncio.get_running_loop().time
        tries, pause_s, away_since = 0, self._pause_s, 0.0
        while True:
            try:
                return await _typed(act)
            except Unreachable:
                away_since = away_since or clock()
                if clock() - away_since > self._patience_s:
                    raise
            except TransferError as error:
                tries, away_since = tries + 1, 0.0
                if error.permanent or tries >= self._tries:
                    raise
                await asyncio.sleep(error.again_s)
            await asyncio.sleep(pause_s * random.uniform(0.5, 1.0))
            pause_s = min(pause_s * 2, 5.0)


async def each(items: Iterable[_Item], act: Callable[[_Item], Awaitable[None]], at_once: int) -> None:
    """Do `act` to every item, some at once. Raises the first error, and stops the others."""
    pending = enumerate(items)

    async def work() -> None:
        for number, item in pending:
            await act(item)
            if number % 64 == 63:
                await asyncio.sleep(0)  # acts that never wait must not starve the rest of the runner

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(at_once):
                group.create_task(work())
    except BaseExceptionGroup as group_error:
        raise group_error.exceptions[0] from None


async def _typed(act: Callable[[], Awaitable[_Result]]) -> _Result:
    try:
        return await act()
    except (httpx2.InvalidURL, httpx2.UnsupportedProtocol) as error:
        raise TransferError("the URL cannot be used", permanent=True) from error
    except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:
        raise Unreachable(f"the storage cannot be reached: {_why(error)}", permanent=False) from error
    except httpx2.RequestError as error:
        raise TransferError(f"the connection broke: {_why(error)}", permanent=False) from error


async def _aside(size: int, act: Callable[[bytes], None], data: bytes) -> None:
    if size <= SMALL:
        act(data)
    else:
        await asyncio.to_thread(act, data)


async def _pieces(
    descriptor: int, offset: int, size: int, note: Callable[[bytes], None]
) -> AsyncIterator[bytes]:
    end = offset + size
    while offset < end:
        length = min(PIECE, end - offset)
        yield await asyncio.to_thread(_read, descriptor, offset, length, note)
        offset += length


def _read(descriptor: int, offset: int, length: int, note: Callable[[bytes], None]) -> bytes:
    data = os.pread(descriptor, length, offset)
    if len(data) != length:
        raise TransferError("the file became shorter while it was sent", permanent=False)
    note(data)
    return data


def _unchanged(path: str, before: os.stat_result, descriptor: int) -> None:
    now = os.fstat(descriptor)
    if (now.st_size, now.st_mtime_ns) != (before.st_size, before.st_mtime_ns):
        raise TransferError(f"{path} was written to while it was sent", permanent=False)


def _agree(told: str, computed: str) -> None:
    """An ETag that is no MD5, as with some encrypted buckets, says nothing."""
    if not told:
        raise TransferError("the storage told no ETag", permanent=False)
    if len(told) == 32 and told.lower() != computed:
        raise TransferError("the storage received other bytes than were sent", permanent=False)


def _etag(answer: httpx2.Response) -> str:
    return str(answer.headers.get("etag", "")).removeprefix("W/").strip('"')


def _completion(digests: Sequence[bytes]) -> bytes:
    parts = "".join(
        f"<Part><PartNumber>{number}</PartNumber><ETag>&quot;{digest.hex()}&quot;</ETag></Part>"
        for number, digest in enumerate(digests, start=1)
    )
    space = "http://s3.amazonaws.com/doc/2006-03-01/"
    return f'<CompleteMultipartUpload xmlns="{space}">{parts}</CompleteMultipartUpload>'.encode()


def _refusal(answer: httpx2.Response, body: bytes) -> TransferError:
    code = _element(body, "Code")
    later = answer.status_code >= 500 or answer.status_code == 429
    wait = answer.headers.get("retry-after", "")
    return TransferError(
        f"the storage answered {answer.status_code} {code}".rstrip(),
        permanent=not later,
        code=code,
        again_s=min(float(wait), 30.0) if wait.isascii() and wait.isdigit() else 0.0,
    )


async def _body(answer: httpx2.Response) -> bytes:
    out = bytearray()
    async for data in answer.aiter_raw():
        out += data
        if len(out) > _ANSWER:
            break
    return bytes(out)


def _element(document: bytes, name: str) -> str:
    """The text of the first element called `name`, in any namespace; empty when there is none."""
    try:
        root = fromstring(document[:_ANSWER])
    except (ParseError, ValueError):
        return ""
    return next((e.text or "" for e in root.iter() if e.tag.rpartition("}")[2] == name), "")


def _why(error: Exception) -> str:
    if isinstance(error, OSError) and error.errno:
        return "it is a link or leads through one" if error.errno == errno.ELOOP else os.strerror(error.errno)
    return str(error) or type(error).__name__
