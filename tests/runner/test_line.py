"""One connection to the server: whole answers, in any pieces; whatever else comes is an OSError."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from stokehold.runner.line import Line

Speak = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def request(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    """Head and body of the next request."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
    return head, await reader.readexactly(length)


def told(speak: Speak, story: Callable[[Line], Awaitable[None]], path: str = "") -> None:
    """Carry out `story` with a line to a server that speaks so."""

    async def run() -> None:
        server = await asyncio.start_server(speak, "127.0.0.1", 0)
        async with server:
            line = Line(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}{path}")
            async with asyncio.timeout(30):
                await story(line)
            line.cut()

    asyncio.run(run())


def test_one_connection_carries_call_after_call() -> None:
    heads: list[bytes] = []
    connections = 0

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        while not reader.at_eof():
            try:
                head, body = await request(reader)
            except asyncio.IncompleteReadError:
                break
            heads.append(head)
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(body) + body[::-1])
        writer.close()

    async def story(line: Line) -> None:
        assert await line.call(b"abc", "secret", 10) == b"cba"
        assert await line.call(b"", "secret", 10) == b""
        assert await line.call(b"x" * 1_000_000, "secret", 10) == b"x" * 1_000_000

    told(speak, story, "/under")
    assert connections == 1
    assert heads[0].startswith(b"POST /under/runner/v1/sync HTTP/1.1\r\nhost: 127.0.0.1:")
    assert b"\r\nauthorization: secret\r\n" in heads[0]


def test_an_answer_may_come_in_pieces_and_chunks() -> None:
    answer = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request(reader)
        for byte in answer:
            writer.write(bytes([byte]))
            await writer.drain()
        await reader.read()
        writer.close()

    async def story(line: Line) -> None:
        assert await line.call(b"?", "t", 10) == b"abcde"

    told(speak, story)


def test_a_connection_that_the_server_has_ended_is_made_again() -> None:
    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request(reader)
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok")
        await writer.drain()
        writer.close()

    async def story(line: Line) -> None:
        for _ in range(3):
            assert await line.call(b"?", "t", 10) == b"ok"
            while line.open:
                await asyncio.sleep(0)

    told(speak, story)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (b"HTTP/1.1 401 No\r\ncontent-length: 0\r\n\r\n", "token"),
        (b"HTTP/1.1 503 No\r\ncontent-length: 0\r\n\r\n", "503"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf", "ended the connection"),
        (b"no HTTP\r\n\r\n", "HTTP"),
        (b"", "ended the connection"),
    ],
)
def test_what_is_not_an_answer_of_success_is_an_error(answer: bytes, reason: str) -> None:
    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request(reader)
        writer.write(answer)
        await writer.drain()
        writer.close()

    async def story(line: Line) -> None:
        with pytest.raises(OSError, match=reason):
            await line.call(b"?", "t", 10)

    told(speak, story)


def test_no_answer_in_time_is_an_error() -> None:
    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async def story(line: Line) -> None:
        with pytest.raises(TimeoutError):
            await line.call(b"?", "t", 0.01)

    told(speak, story)


def test_a_line_that_is_cut_fails_the_call_under_way() -> None:
    asked = asyncio.Event()

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request(reader)
        asked.set()
        await reader.read()
        writer.close()

    async def story(line: Line) -> None:
        call = asyncio.create_task(line.call(b"?", "t", 10))
        await asked.wait()
        line.cut()
        with pytest.raises(ConnectionError):
            await call

    told(speak, story)
