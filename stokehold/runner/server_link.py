"""The runner's way to the server: one call, `sync`."""

import asyncio
import contextlib
import json
import select
import socket
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from stokehold.domain.protocol import Answer, Sync

CALLS = 6  # at a time: one that waits for work, one that reports, and room for those that newer ones replace
CONNECT_S = 5.0
PATIENCE_S = 20.0  # for an answer, beyond the time that the call itself may wait

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Answer)


class Away(Exception):
    """The server cannot be reached, or does not answer as a server does."""


class ServerLink:
    """Calls the server; looks up its address again when it has moved (a local server may take another port).

    It calls through the standard library, in threads: a call costs a quarter of what it costs an asynchronous client,
    and calls are most of what a runner of short instances does (docs/adr/0010).
    """

    def __init__(self, url: str, token_file: Path, endpoints: Path | None = None) -> None:
        self._url, self._token_file, self._endpoints = url.rstrip("/"), token_file, endpoints
        self._threads = ThreadPoolExecutor(CALLS, thread_name_prefix="sync")
        self._idle: list[_Line] = []

    async def sync(self, message: Sync) -> Answer:
        """One call. Raises Away."""
        line = self._line()
        body, patience_s = _encoder.encode(message), message.wait_s + PATIENCE_S
        loop = asyncio.get_running_loop()
        try:
            token = self._token()
            answer = _decoder.decode(
                await loop.run_in_executor(self._threads, line.call, body, token, patience_s)
            )
        except asyncio.CancelledError:
            line.cut()
            raise
        except (OSError, HTTPException, ValueError) as error:  # msgspec's errors are ValueErrors
            line.cut()
            self._look_again()
            raise Away(str(error) or type(error).__name__) from error
        self._idle.append(line)
        return answer

    async def close(self) -> None:
        for line in self._idle:
            line.cut()
        self._threads.shutdown(wait=False)

    def _line(self) -> "_Line":
        """A connection that is idle, and whose other end has not hung up meanwhile: else a new one."""
        while self._idle:
            line = self._idle.pop()
            if not line.dead:
                return line
            line.cut()
        return _Line(self._url)

    def _token(self) -> str:
        return self._token_file.read_text().strip()

    def _look_again(self) -> None:
        if self._endpoints is None:
            return
        try:
            self._url = str(json.loads(self._endpoints.read_text())["api"]).rstrip("/")
        except (OSError, ValueError, LookupError, TypeError):
            return
        for line in self._idle:
            line.cut()
        self._idle.clear()


class _Line:
    """One connection to the server, kept open from call to call."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        self._path = f"{parts.path}/runner/v1/sync"
        self._http = kind(parts.hostname or "", parts.port, timeout=CONNECT_S)

    def call(self, body: bytes, token: str, patience_s: float) -> bytes:
        """The answer's body. Blocks. Raises OSError and HTTPException."""
        if self._http.sock is None:
            self._http.connect()  # without Nagle's delay: http.client sees to that
        sock: socket.socket = self._http.sock
        sock.settimeout(patience_s)
        headers = {"authorization": token, "content-type": "application/msgpack"}
        self._http.request("POST", self._path, body, headers)
        answer = self._http.getresponse()
        content = answer.read()
        if answer.status == 401:
            raise HTTPException("the server does not know this runner's token")
        if answer.status != 200:
            raise HTTPException(f"the server answered {answer.status} {answer.reason}")
        return content

    @property
    def dead(self) -> bool:
        """Whether something has come though nothing was asked: the server has closed what was idle for long."""
        if self._http.sock is None:
            return False
        watch = select.poll()
        watch.register(self._http.sock, select.POLLIN)
        return bool(watch.poll(0))

    def cut(self) -> None:
        """End the connection; a call that is under way in another thread fails."""
        if self._http.sock is not None:
            with contextlib.suppress(OSError):
                self._http.sock.shutdown(socket.SHUT_RDWR)
        self._http.close()
