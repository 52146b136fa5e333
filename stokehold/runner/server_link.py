"""The runner's way to the server: one call, `sync`."""

import json
from pathlib import Path

import httpx2
import msgspec

from stokehold.domain.protocol import Answer, Sync

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Answer)


class Away(Exception):
    """The server cannot be reached, or does not answer as a server does."""


class ServerLink:
    """Calls the server; looks up its address again when it has moved (a local server may take another port)."""

    def __init__(self, url: str, token_file: Path, endpoints: Path | None = None) -> None:
        self._url, self._token_file, self._endpoints = url.rstrip("/"), token_file, endpoints
        self._client = httpx2.AsyncClient(limits=httpx2.Limits(max_keepalive_connections=4), trust_env=False)

    async def sync(self, message: Sync) -> Answer:
        """One call. Raises Away."""
        try:
            response = await self._client.post(
                f"{self._url}/runner/v1/sync",
                content=_encoder.encode(message),
                headers={"authorization": self._token(), "content-type": "application/msgpack"},
                timeout=httpx2.Timeout(message.wait_s + 20, connect=5),
            )
            response.raise_for_status()
            return _decoder.decode(response.content)
        except (httpx2.HTTPError, msgspec.MsgspecError, OSError) as error:
            self._look_again()
            raise Away(_why(error)) from error

    async def close(self) -> None:
        await self._client.aclose()

    def _token(self) -> str:
        return self._token_file.read_text().strip()

    def _look_again(self) -> None:
        if self._endpoints is None:
            return
        try:
            self._url = str(json.loads(self._endpoints.read_text())["api"]).rstrip("/")
        except (OSError, ValueError, LookupError, TypeError):
            return


def _why(error: Exception) -> str:
    if isinstance(error, httpx2.HTTPStatusError) and error.response.status_code == 401:
        return "the server does not know this runner's token"
    return str(error) or type(error).__name__
