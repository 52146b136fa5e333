"""The runner's way to the server: one call, `sync`."""

import asyncio
import json
from pathlib import Path

import msgspec

from stokehold.domain.protocol import Answer, Sync
from stokehold.runner.line import Line

PATIENCE_S = 20.0  # for an answer, beyond the time that the call itself may wait

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Answer)


class Away(Exception):
    """The server cannot be reached, or does not answer as a server does."""


class ServerLink:
    """Calls the server; looks up its address again when it has moved (a local server may take another port)."""

    def __init__(self, url: str, token_file: Path, endpoints: Path | None = None) -> None:
        self._url, self._token_file, self._endpoints = url.rstrip("/"), token_file, endpoints
        self._idle: list[Line] = []
        self._token = ""  # read again after a call that failed

    async def sync(self, message: Sync) -> Answer:
        """One call. Raises Away."""
        line = self._idle.pop() if self._idle else Line(self._url)
        body, patience_s = _encoder.encode(message), message.wait_s + PATIENCE_S
        try:
            self._token = self._token or self._token_file.read_text().strip()
            answer = _decoder.decode(await line.call(body, self._token, patience_s))
        except asyncio.CancelledError:
            line.cut()
            raise
        except (OSError, ValueError) as error:  # msgspec's errors are ValueErrors
            line.cut()
            self._token = ""
            self._look_again()
            raise Away(str(error) or type(error).__name__) from error
        if line.url == self._url:
            self._idle.append(line)
        else:
            line.cut()
        return answer

    async def close(self) -> None:
        self._cut_idle()

    def _look_again(self) -> None:
        if self._endpoints is None:
            return
        try:
            self._url = str(json.loads(self._endpoints.read_text())["api"]).rstrip("/")
        except (OSError, ValueError, LookupError, TypeError):
            return
        self._cut_idle()

    def _cut_idle(self) -> None:
        for line in self._idle:
            line.cut()
        self._idle.clear()
