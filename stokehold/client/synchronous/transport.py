"""Sending requests from a thread. `asynchronous/transport.py` is this for coroutines; both are written by hand."""

import secrets
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
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


class Transport:
    """Connections to one server, kept open; threads may share it."""

    def __init__(self, *, verify: bool, timeout_s: float, user_agent: str) -> None:
        self._client = httpx2.Client(
            verify=verify, timeout=timeout_s, headers={"user-agent": user_agent}, trust_env=True
        )

    def send(self, request: Request) -> Answer:
        """The answer to a request; what may pass is tried again. Raises Unreachable."""
        for delay in delays():
            try:
                answer = self._once(request)
            except httpx2.TransportError:
                time.sleep(delay)
                continue
            if answer.status_code not in AGAIN:
                return answer
            time.sleep(delay)
        try:
            return self._once(request)
        except httpx2.TransportError as error:
            raise _unreachable(request, error) from None

    def save(self, request: Request, path: Path) -> Answer:
        """Write the body of an answer to a file, in one step when it is whole. Raises Unreachable."""
        partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")  # another may fetch it too
        try:
            with self._client.stream(
                request.method, request.url, headers=request.headers, content=request.content
            ) as answer:
                if not answer.is_success:
                    answer.read()
                    return answer
                path.parent.mkdir(parents=True, exist_ok=True)
                with partial.open("wb") as file:
                    for piece in answer.iter_bytes():
                        file.write(piece)
            partial.replace(path)
            return answer
        except httpx2.TransportError as error:
            raise _unreachable(request, error) from None
        finally:
            partial.unlink(missing_ok=True)

    @contextmanager
    def lines(self, request: Request) -> Iterator[tuple[Answer, Iterator[str]]]:
        """An answer that goes on, line by line. Raises Unreachable."""
        timeout = httpx2.Timeout(30.0, read=60.0)  # a stream that lives says something every 15 s
        try:
            with self._client.stream(
                request.method, request.url, headers=request.headers, timeout=timeout
            ) as answer:
                if not answer.is_success:
                    answer.read()
                yield answer, answer.iter_lines()
        except httpx2.TransportError as error:
            raise _unreachable(request, error) from None

    def each(self, work: Callable[[T], R], items: Iterable[T]) -> list[R]:
        """Do the same with many things, some at once; the results in the order of the things."""
        with ThreadPoolExecutor(AT_ONCE) as threads:
            return list(threads.map(work, items))

    def pause(self, seconds: float) -> None:
        time.sleep(seconds)

    def close(self) -> None:
        self._client.close()

    def _once(self, request: Request) -> Answer:
        return self._client.request(
            request.method, request.url, headers=request.headers, content=request.content
        )


def _unreachable(request: Request, error: Exception) -> Unreachable:
    where = httpx2.URL(request.url)
    return Unreachable(f"{where.scheme}://{where.netloc.decode()} does not answer: {error}")
