"""The runner's end of the keeper's socket: finds the keeper that is there, or starts one."""

import asyncio
import subprocess
import sys
from collections.abc import Callable, Iterable
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
        self._early: list[News] = []  # came with the greeting: told once somebody knows whom it concerns
        self._out: list[bytes] = []  # kept while there is no keeper to read it
        self._writer: asyncio.StreamWriter | None = None
        self.on_started: Callable[[Started], None] = lambda _: None
        self.on_exited: Callable[[Exited], None] = lambda _: None

    async def connect(self) -> list[Held]:
        """Speak to the keeper, starting one if need be; returns what it holds."""
        async with asyncio.timeout(START_S):
            while True:
                try:
                    return await self._greet()
                except ConnectionError:  # it was about to end when we found it
                    await asyncio.sleep(0.005)

    async def _greet(self) -> list[Held]:
        self._reader, writer = await self._find()
        self._frames, self._early = Frames(News), []
        writer.write(frame(Hello(self._slots)))
        held: list[Held] | None = None
        while held is None:
            for news in self._frames.feed(await self._some(self._reader)):
                if isinstance(news, Holding):
                    held = news.items
                else:
                    self._early.append(news)
        self._writer = writer
        self._flush()
        return held

    async def listen(self) -> None:
        """Hand out news until the keeper is gone. Orders given after that wait for the next `connect`."""
        try:
            early, self._early = self._early, []
            self._hand_out(early)
            while data := await self._reader.read(1 << 18):
                self._hand_out(self._frames.feed(data))
        except ConnectionError:
            pass
        if self._writer is not None:
            self._writer.close()
            self._writer = None

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

    async def close(self) -> None:
        """Leave the keeper to its programs."""
        if self._writer is not None:
            self._flush()
            self._writer.close()

    def _hand_out(self, several: Iterable[News]) -> None:
        for news in several:
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
            return subprocess.Popen(
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
