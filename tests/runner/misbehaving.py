"""An object storage in the test's own process that speaks HTTP for real and can be told to misbehave."""

import asyncio
import hashlib
import socket
import threading
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import uvicorn
from defusedxml.ElementTree import fromstring
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from stokehold.domain.protocol import Destination, Input, Part
from stokehold.domain.storage import PART_SIZE
from tests.waiting import DEADLINE_S, wait_until


def etag(data: bytes) -> str:
    """What every S3 calls an object of these bytes: in parts from PART_SIZE on."""
    if len(data) < PART_SIZE:
        return hashlib.md5(data).hexdigest()
    parts = [hashlib.md5(data[i : i + PART_SIZE]).digest() for i in range(0, len(data), PART_SIZE)]
    return f"{hashlib.md5(b''.join(parts)).hexdigest()}-{len(parts)}"


class Storage:
    """Objects by path, and for each path the misdeeds to come, one a request."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.objects: dict[str, bytes] = {}
        self.etags: dict[str, str] = {}
        self.misdeeds: defaultdict[str, list[str]] = defaultdict(list)
        self.requests: list[str] = []
        self.gate = threading.Event()  # a "slow" answer waits for it
        self.at_once = 0
        self.most_at_once = 0

    def reset(self) -> "Storage":
        """As new, for the next test."""
        for kept in (self.objects, self.etags, self.misdeeds, self.requests):
            kept.clear()
        self.gate.clear()
        self.most_at_once = 0
        return self

    def put(self, bucket: str, key: str, data: bytes, path: str | None = None) -> Input:
        """Store an object; the input that names it."""
        place = f"/{bucket}/{key}"
        self.objects[place] = data
        self.etags[place] = etag(data)
        return Input(
            path if path is not None else key,
            etag(data),
            len(data),
            bucket,
            key,
            self.url + place + "?X-Amz-Secret=s",
        )

    def plan(self, path: str, size: int) -> Destination:
        """Where a file of `size` bytes goes."""
        place = f"{self.url}/out/{path}"
        if size < PART_SIZE:
            return Destination(path, path, place)
        offsets = range(0, size, PART_SIZE)
        parts = [
            Part(f"{place}?partNumber={n}", o, min(PART_SIZE, size - o)) for n, o in enumerate(offsets, 1)
        ]
        return Destination(path, path, "", parts, f"{place}?uploadId=u")

    async def answer(self, request: Request) -> Response:
        place = request.url.path
        self.requests.append(f"{request.method} {place}")
        misdeed = self.misdeeds[place].pop(0) if self.misdeeds[place] else ""
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            if misdeed.isdigit():
                return Response("<Error><Code>SlowDown</Code></Error>", int(misdeed))
            if misdeed in {"NoSuchKey", "NoSuchBucket"}:
                return Response(f'<?xml version="1.0"?><Error><Code>{misdeed}</Code></Error>', 404)
            if misdeed == "slow":
                await asyncio.to_thread(self.gate.wait, DEADLINE_S)
            if request.method == "GET":
                return self._get(place, misdeed)
            return await (
                self._store(request, misdeed) if request.method == "PUT" else self._join(request, misdeed)
            )
        finally:
            self.at_once -= 1

    def _get(self, place: str, misdeed: str) -> Response:
        data = self.objects[place]
        told = self.etags[place]
        if misdeed == "wrong":
            data = bytes([data[0] ^ 1]) + data[1:]
        if misdeed == "shorter":
            data = data[:-1]
        if misdeed == "longer":
            data += b"x"
        return StreamingResponse(
            self._chunks(data, misdeed),
            headers={"etag": f'"{told}"', "content-length": str(len(data))},
        )

    async def _chunks(self, data: bytes, misdeed: str) -> AsyncIterator[bytes]:
        half = len(data) // 2
        yield data[:half]
        if misdeed == "cut":
            raise RuntimeError("cut")
        if misdeed == "half":
            await asyncio.to_thread(self.gate.wait, DEADLINE_S)
        yield data[half:]

    async def _store(self, request: Request, misdeed: str) -> Response:
        place = request.url.path
        if part := request.query_params.get("partNumber"):
            place += f"?{part}"
        try:
            if misdeed == "cut":
                await anext(request.stream())
                raise RuntimeError("cut")
            data = await request.body()
        except ClientDisconnect:
            return Response(status_code=400)
        told = hashlib.md5(data).hexdigest()
        if misdeed == "wrong":
            told = hashlib.md5(b"else").hexdigest()
        else:
            self.objects[place] = data
            self.etags[place] = etag(data)
        return Response(headers={"etag": f'"{told}"'} if misdeed != "silent" else {})

    async def _join(self, request: Request, misdeed: str) -> Response:
        if misdeed == "late":
            return Response("<Error><Code>InternalError</Code></Error>")
        place = request.url.path
        space = "{http://s3.amazonaws.com/doc/2006-03-01/}"
        pieces: list[bytes] = []
        for part in fromstring(await request.body()).iter(f"{space}Part"):
            data = self.objects.pop(f"{place}?{part.findtext(f'{space}PartNumber')}")
            assert part.findtext(f"{space}ETag") == f'"{hashlib.md5(data).hexdigest()}"'
            pieces.append(data)
        self.objects[place] = joined = b"".join(pieces)
        return Response(
            f'<CompleteMultipartUploadResult xmlns="{space[1:-1]}">'
            f'<ETag>"{etag(joined)}"</ETag></CompleteMultipartUploadResult>'
        )


@contextmanager
def storage() -> Iterator[Storage]:
    """Serve a Storage from a thread."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(512)
    served = Storage(listener.getsockname()[1])
    app = Starlette(routes=[Route("/{path:path}", served.answer, methods=["GET", "PUT", "POST"])])
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        wait_until(lambda: server.started)
        yield served
    finally:
        served.gate.set()
        server.should_exit = True
        thread.join(DEADLINE_S)
        listener.close()
