"""A keeper for tests: a real process, its runner's end of the socket, and what it has told."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator
from pathlib import Path

from stokehold.runner.keeper_link import KeeperLink
from stokehold.runner.messages import Exited, Held, Start, Started
from tests.waiting import eventually


class Ear:
    """Remembers what a keeper told."""

    def __init__(self, link: KeeperLink) -> None:
        self.started: dict[str, Started] = {}
        self.exited: dict[str, Exited] = {}
        link.on_started = lambda news: self.started.__setitem__(news.token, news)
        link.on_exited = lambda news: self.exited.__setitem__(news.token, news)

    async def exit_of(self, token: str) -> Exited:
        await eventually(lambda: token in self.exited, what=f"the end of {token}")
        return self.exited[token]


@contextlib.asynccontextmanager
async def keeper(folder: Path, slots: int = 2) -> AsyncIterator[tuple[KeeperLink, Ear, list[Held]]]:
    """Connect to the folder's keeper, which is started when there is none; what runs is left to it."""
    link = KeeperLink(folder, slots)
    ear = Ear(link)
    held = await link.connect()
    listening = asyncio.create_task(link.listen())
    try:
        yield link, ear, held
    finally:
        listening.cancel()
        await link.close()


async def end(folder: Path) -> None:
    """End the folder's keeper and all it runs."""
    link = KeeperLink(folder, 1)
    await link.connect()
    await link.quit(0.0)
    await link.close()


def start(folder: Path, token: str, script: str, **more: object) -> Start:
    """An order for a shell script."""
    argv = ["/bin/sh", "-c", script]
    env = {"PATH": os.environ["PATH"]}
    return Start(
        token, argv, env, str(folder), str(folder / f"{token}.1"), str(folder / f"{token}.2"), **more
    )


def alive(pid: int) -> bool:
    """Whether a process is there and more than a zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
