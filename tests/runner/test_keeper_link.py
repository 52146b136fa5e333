"""The runner's end of the keeper's socket: no order and no news is lost when either comes back."""

import asyncio
import os
import signal
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from stokehold.runner import processes
from stokehold.runner.keeper import SOCKET, address, prefix
from stokehold.runner.keeper_link import KeeperLink
from stokehold.runner.messages import Exited, Frames, Held, Hello, Holding, Order, Started, frame
from tests.runner.keeping import Ear, end, keeper, start
from tests.waiting import DEADLINE_S, eventually


def test_the_keeper_that_is_there_is_found_again(tmp_path: Path) -> None:
    async def story() -> None:
        async with keeper(tmp_path) as (link, ear, held):
            assert held == []
            link.start(start(tmp_path, "a", "exec sleep 600", note=b"remember"))
            await eventually(lambda: "a" in ear.started)
        async with keeper(tmp_path) as (link, ear, held):
            assert [(h.token, h.note) for h in held] == [("a", b"remember")]
            link.kill("a", 0.0)
            assert (await ear.exit_of("a")).stopped
        await end(tmp_path)

    asyncio.run(story())


def test_orders_given_while_there_is_no_keeper_reach_the_next_one(tmp_path: Path) -> None:
    async def story() -> None:
        link = KeeperLink(tmp_path, 1)
        ear = Ear(link)
        await link.connect()
        link.start(start(tmp_path, "a", "exec sleep 600"))
        listening = asyncio.create_task(link.listen())
        await eventually(lambda: "a" in ear.started)
        program = await eventually(lambda: next(iter(processes.marked(prefix(tmp_path))), 0))
        os.kill(psutil.Process(program).ppid(), signal.SIGKILL)
        await asyncio.wait_for(listening, DEADLINE_S)
        link.start(start(tmp_path, "b", "exit 5"))
        await asyncio.sleep(0)  # it would be sent now, to nobody
        assert await link.connect() == []
        listening = asyncio.create_task(link.listen())
        assert (await ear.exit_of("b")).code == 5
        listening.cancel()
        await link.close()
        await end(tmp_path)

    asyncio.run(story())


async def speaking(folder: Path, say: Callable[[Hello], bytes]) -> asyncio.Server:
    """A keeper that answers the greeting with exactly these bytes."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        hello = next(Frames(Order).feed(await reader.read(1 << 16)))
        writer.write(say(hello))
        await writer.drain()
        writer.close()

    return await asyncio.start_unix_server(serve, address(folder))


def test_news_that_come_with_the_greeting_are_told_once_it_is_known_whom_they_concern(tmp_path: Path) -> None:
    async def story() -> None:
        before, after = Started("a", 1), Exited("a", 2, 1, code=0)
        held = Held("a", b"note", 1)
        answer = b"".join(frame(news) for news in (before, Holding([held]), after))
        server = await speaking(tmp_path, lambda _: answer)
        link = KeeperLink(tmp_path, 3)
        ear = Ear(link)
        assert await link.connect() == [held]
        assert (ear.started, ear.exited) == ({}, {})
        await link.listen()
        assert (ear.started, ear.exited) == ({"a": before}, {"a": after})
        server.close()

    asyncio.run(story())


def test_a_keeper_that_leaves_at_the_greeting_is_replaced(tmp_path: Path) -> None:
    async def story() -> None:
        server = await speaking(tmp_path, lambda _: b"")
        link = KeeperLink(tmp_path, 1)
        connecting = asyncio.create_task(link.connect())
        await asyncio.sleep(0)
        server.close()
        (tmp_path / SOCKET).unlink(missing_ok=True)
        assert await asyncio.wait_for(connecting, DEADLINE_S) == []
        await link.quit(0.0)

    asyncio.run(story())


def test_a_keeper_that_cannot_start_is_an_error_at_once(tmp_path: Path) -> None:
    async def story() -> None:
        (tmp_path / SOCKET).mkdir()
        with pytest.raises(OSError, match="directory"):
            await KeeperLink(tmp_path, 1).connect()

    asyncio.run(story())


def test_quitting_ends_the_keeper_and_its_programs(tmp_path: Path) -> None:
    async def story() -> None:
        link = KeeperLink(tmp_path, 2)
        ear = Ear(link)
        await link.connect()
        for token in "ab":
            link.start(start(tmp_path, token, "exec sleep 600"))
        await link.quit(0.5)
        assert set(ear.exited) <= {"a", "b"}
        with pytest.raises((ConnectionError, FileNotFoundError)):
            await asyncio.open_unix_connection(address(tmp_path))

    asyncio.run(story())
