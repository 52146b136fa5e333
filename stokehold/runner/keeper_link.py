"""The runner's end of the keeper's socket: finds the keeper that is there, or starts one."""

import asyncio
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from stokehold.runner.keeper import SOCKET, address
from stokehold.runner.messages import (
    Exited,
    Forget,
    Frames,
    Held,
    Hello,
    Holding,
    Kill,
    News,
    Order,
    Quit,
    Start,
    Started,
    frame,
)

START_S = 10.0  # for a keeper to open its socket: it first ends what an earlier one left


class KeeperLink:
    """Sends orders in batches, hands news to callbacks. Belongs to one event loop."""

    def __init__(self, directory: Path, slots: int) -> None:
        self._directory, self._slots = directory, slots
        self._address = address(directory)
        self._frames = Frames(News)
        self._out: list[bytes] = []
        self._writer: asyncio.StreamWriter | None = None
        self.on_started: Callable[[Started], None] = lambda _: None
        self.on_exited: Callable[[Exited], None] = lambda _: None

    async def connect(self) -> list[Held]:
        """Speak to the keeper, starting one if need be; returns what it holds."""
        reader, self._writer = await self._find()
        self._frames = Frames(News)
        self._send(Hello(self._slots))
        while True:
            for news in self._frames.feed(await self._some(reader)):
                if isinstance(news, Holding):
                    self._reader = reader
                    return news.items
                self._hand_out(news)

    async def listen(self) -> None:
        """Hand out news until the keeper is gone."""
        try:
            while data := await self._reader.read(1 << 18):
                for news in self._frames.feed(data):
                    self._hand_out(news)
        except ConnectionError:
            pass

    def start(self, order: Start) -> None:
        self._send(order)

    def kill(self, token: str, grace_s: float) -> None:
        self._send(Kill(token, grace_s))

    def forget(self, tokens: list[str]) -> None:
        if tokens:
            self._send(Forget(tokens))

    async def quit(self, grace_s: float) -> None:
        """End every program and the keeper; returns when it is gone."""
        self._send(Quit(grace_s))
        await self.listen()

    def _hand_out(self, news: News) -> None:
        match news:
            case Started():
                self.on_started(news)
            case Exited():
                self.on_exited(news)

    def _send(self, order: Order) -> None:
        if not self._out:
            asyncio.get_running_loop().call_soon(self._flush)
        self._out.append(frame(order))

    def _flush(self) -> None:
        if self._writer is not None and self._out:
            self._writer.write(b"".join(self._out))
        self._out.clear()

    async def _find(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        try:
            return await asyncio.open_unix_connection(self._address)
        except OSError:
            keeper = self._launch()
        async with asyncio.timeout(START_S):
            while True:
                try:
                    return await asyncio.open_unix_connection(self._address)
                except OSError:
                    if keeper.poll() is not None:
                        raise RuntimeError("The keeper ended as it started.") from None
                    await asyncio.sleep(0.005)

    def _launch(self) -> "subprocess.Popen[bytes]":
        (self._directory / SOCKET).unlink(missing_ok=True)
        with (self._directory / "keeper.log").open("ab") as log:
            return subprocess.Popen(  # noqa: S603  # our own module
                [sys.executable, "-m", "stokehold.runner.keeper", str(self._directory)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # what kills the runner's group leaves the keeper alone
            )

    async def _some(self, reader: asyncio.StreamReader) -> bytes:
        data = await reader.read(1 << 18)
        if not data:
            raise ConnectionError("The keeper left before it answered.")
        return data
