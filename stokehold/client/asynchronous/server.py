"""Calls of the REST interface."""

from collections.abc import AsyncIterator, Sequence
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

import msgspec

from stokehold.client.asynchronous.transport import Answer, AsyncTransport
from stokehold.client.errors import Refused, ServerFault
from stokehold.client.event_stream import Event, Reader
from stokehold.client.facts import TaskPage
from stokehold.client.settings import Settings
from stokehold.client.signing import Request

T = TypeVar("T")
PAGE = 100


class AsyncServer:
    """One server, and the account that asks it."""

    def __init__(self, settings: Settings, transport: AsyncTransport) -> None:
        self.settings, self.transport = settings, transport

    async def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        query: Sequence[tuple[str, str]] = (),
        key: str = "",
    ) -> bytes:
        """The body of an answer. `key`: sent twice under it, a request counts once. Raises Refused, Unreachable."""
        return _accepted(await self.transport.send(self.request(method, path, body, query, key))).content

    async def ask(
        self, kind: type[T], method: str, path: str, body: Any = None, *,
        query: Sequence[tuple[str, str]] = (), key: str = "",
    ) -> T:  # fmt: skip
        """An answer as a `kind`. Raises Refused, Unreachable."""
        return _decoded(kind, await self.call(method, path, body, query=query, key=key), path)

    async def pages(
        self, path: str, filters: dict[str, Any] | None, limit: int | None = None,
        order: tuple[str, str] | None = None,
    ) -> AsyncIterator[dict[str, Any]]:  # fmt: skip
        """Everything that matches, page by page, the newest first; at most `limit`."""
        token, left = None, limit
        by, direction = order or ("creationDate", "DESC")
        while left is None or left > 0:
            size = PAGE if left is None else min(PAGE, left)
            body = {"maximumResults": size, "filter": filters, "token": token, "orderBy": by}
            page = await self.ask(TaskPage, "POST", path, {**body, "orderType": direction})
            for one in page.data:
                yield one
            left = None if left is None else left - len(page.data)
            token = page.next_token
            if not token or not page.data:
                return

    async def events(self, path: str, after: str = "") -> AsyncIterator[Event]:
        """The events of a stream from one on. Raises Refused, Unreachable."""
        query = [("lastEventId", after)] if after else []
        request = self.request("GET", path, None, query)
        reader = Reader()
        async with self.transport.lines(request) as (answer, lines):
            if _accepted(answer).status_code == 204:
                return
            async for line in lines:
                event = reader.feed(line)
                if event is not None:
                    yield event

    def request(
        self, method: str, path: str, body: Any = None, query: Sequence[tuple[str, str]] = (), key: str = ""
    ) -> Request:
        headers = {"authorization": self.settings.token}
        headers |= {"idempotency-key": key} if key else {}
        content = b""
        if body is not None:
            headers["content-type"], content = "application/json", msgspec.json.encode(body)
        text = f"?{urlencode(query)}" if query else ""
        return Request(method, f"{self.settings.url}{quote(path, safe='/~')}{text}", headers, content)


def _accepted(answer: Answer) -> Answer:
    if not answer.is_success:
        raise Refused.of(answer.status_code, _message(answer.content))
    return answer


def _message(content: bytes) -> str:
    try:
        told = msgspec.json.decode(content)
        return str(told.get("message") or told.get("error") or "")
    except (ValueError, AttributeError):
        return content.decode("utf-8", "replace").strip()[:500]


def _decoded(kind: type[T], content: bytes, path: str) -> T:
    try:
        return msgspec.json.decode(content, type=kind, strict=False)
    except msgspec.DecodeError as error:
        raise ServerFault(f"The answer of {path} is not what it should be: {error}") from None
