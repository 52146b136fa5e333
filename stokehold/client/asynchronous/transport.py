"""Sending requests from a coroutine. `synchronous/transport.py` is this for threads; both are written by hand."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

import httpx2

from stokehold.client.errors import Unreachable
from stokehold.client.retries import AGAIN, delays
from stokehold.client.signing import Request

AT_ONCE = 8

T = TypeVar("T")
R = TypeVar("R")
Answer = httpx2.Response


class AsyncTransport:
    """Connections to one server, kept open."""

    def __init__(self, *, verify: bool, timeout_s: float, user_agent: str) -> None:
        self._client = httpx2.AsyncClient(
            verify=verify, timeout=timeout_s, headers={"user-agent": user_agent}, trust_env=True
        )

    async def send(self, request: Request) -> Answer:
        """The answer to a request; what may pass is tried again. Raises Unreachable."""
        for delay in delays():
            try:
                answer = await self._once(request)
            except httpx2.TransportError:
                await asyncio.sleep(delay)
                continue
            if answer.status_code not in AGAIN:
                return answer
            await asyncio.sleep(delay)
        try:
            return await self._once(request)
        except httpx2.TransportError as error:
            raise _unreachable(request, error) from None

    async def save(self, request: Request, path: Path) -> Answer:
        """Write the body of an answer to a file, in one step when it is whole. Raises Unreachable."""
        partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")  # another may fetch it too
        try:
            async with self._client.stream(
                request.method, request.url, headers=request.headers, content=request.content
            ) as answer:
                if not answer.is_success:
                    await answer.aread()
                    return answer
                path.parent.mkdir(parents=True, exist_ok=True)
                with partial.open("wb") as file:
                    async for piece in answer.aiter_bytes():
                        file.write(piece)
            partial.replace(path)
            return answer
        except httpx2.TransportError as error:
            raise _unreachable(request, error) from None
        finally:
            partial.unlink(missing_ok=True)

    @asynccontextmanager
    async def lines(self, request: Request) -> AsyncIterator[tuple[Answer, AsyncIterator[str]]]:
        """An answer that goes on, line by line. Raises Unreachable."""
        timeout = httpx2.Timeout(30.0, read=60.0)  # a stream that lives says something every 15 s
        try:
            async with self._client.stream(
                request.method, request.url, headers=request.headers, timeout=timeout
            ) as answer:
                if not answer.is_success:
                    await answer.aread()
                yield answer, answer.aiter_lines()
        except httpx2.TransportError as error:
            raise _unreachable(request, error) from None

    async def each(self, work: Callable[[T], Awaitable[R]], items: Iterable[T]) -> list[R]:
        """Do the same with many things, some at once; the results in the order of the things."""
        free = asyncio.Semaphore(AT_ONCE)

        async def one(item: T) -> R:
            async with free:
                return await work(item)

        return list(await asyncio.gather(*(one(item) for item in items)))

    async def pause(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def close(self) -> None:
        await self._client.aclose()

    async def _once(self, request: Request) -> Answer:
        return await self._client.request(
            request.method, request.url, headers=request.headers, content=request.content
        )


def _unreachable(request: Request, error: Exception) -> Unreachable:
    where = httpx2.URL(request.url)
    return Unreachable(f"{where.scheme}://{where.netloc.decode()} does not answer: {error}")
