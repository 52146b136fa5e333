"""The runner's way to the server: an answer, or Away with a reason; nothing else."""

import asyncio
import json
import socket
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from stokehold.domain.protocol import Answer, Inventory, Sync
from stokehold.runner.server_link import Away, ServerLink
from tests.runner.hold import Hold, holding
from tests.waiting import eventually

HELLO = Sync("node", "session")


@pytest.fixture
def hold(sqlite_url: str, tmp_path: Path) -> Iterator[Hold]:
    with holding(sqlite_url, tmp_path / "hold") as opened:
        yield opened


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        port: int = sock.getsockname()[1]
        return port


async def reason(link: ServerLink) -> str:
    """Why the server cannot be reached."""
    with pytest.raises(Away) as caught:
        await link.sync(HELLO)
    return str(caught.value)


def test_a_call_is_answered(hold: Hold) -> None:
    async def story() -> None:
        link = ServerLink(hold.url + "/", hold.token_file)
        assert (await link.sync(HELLO)).unknown_session
        hello = Sync("node", "session", held=[], inventory=Inventory("n", cores=1, memory_mb=1))
        assert not (await link.sync(hello)).unknown_session
        await link.close()

    asyncio.run(story())


def test_a_token_that_the_server_does_not_know_is_told_as_such(hold: Hold, tmp_path: Path) -> None:
    async def story() -> None:
        token = tmp_path / "token"
        link = ServerLink(hold.url, token)
        assert str(token) in await reason(link)
        token.write_text("wrong\n")
        assert "token" in await reason(link)
        token.write_text(hold.token_file.read_text())  # it is read again for each call
        assert (await link.sync(HELLO)).unknown_session

    asyncio.run(story())


def test_a_server_that_has_moved_is_found_by_its_endpoints(hold: Hold, tmp_path: Path) -> None:
    async def story() -> None:
        endpoints = tmp_path / "endpoints.json"
        link = ServerLink(f"http://127.0.0.1:{closed_port()}", hold.token_file, endpoints)
        for content in (None, "", "[]", '{"storage": "x"}'):
            if content is not None:
                endpoints.write_text(content)
            assert await reason(link)
        endpoints.write_text(json.dumps({"api": hold.url}))
        assert await reason(link)  # looks there after this call has failed too
        assert (await link.sync(HELLO)).unknown_session

    asyncio.run(story())


def test_a_connection_that_was_closed_while_it_was_idle_is_no_server_that_is_away(hold: Hold) -> None:
    async def story() -> None:
        calls: list[asyncio.StreamWriter] = []

        async def answer_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            calls.append(writer)
            await reader.readuntil(b"\r\n\r\n")
            body = msgspec.msgpack.encode(Answer())
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body))
            await writer.drain()
            await hung_up.wait()
            writer.close()

        hung_up = asyncio.Event()
        server = await asyncio.start_server(answer_once, "127.0.0.1", 0)
        link = ServerLink(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", hold.token_file)
        await link.sync(HELLO)
        [idle] = link._idle
        assert idle.open
        hung_up.set()
        await eventually(lambda: not idle.open, what="the end of the connection is heard of")
        await link.sync(HELLO)
        assert len(calls) == 2
        await link.close()
        server.close()

    asyncio.run(story())


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello",
        b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n",
        b"HTTP/1.1 500 Oh\r\ncontent-length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\nhello",
        b"what?\r\n\r\n",
        b"",
    ],
)
def test_whatever_does_not_answer_as_a_server_does_is_away(hold: Hold, answer: bytes) -> None:
    async def story() -> None:
        async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read(1)
            writer.write(answer)
            await writer.drain()
            writer.close()

        server = await asyncio.start_server(speak, "127.0.0.1", 0)
        link = ServerLink(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", hold.token_file)
        assert await reason(link)
        server.close()

    asyncio.run(story())
