"""Waiting, in an event loop, for a commit that concerns one."""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

from stokehold.store.database import Database


@contextmanager
def waiting(database: Database, *topics: str) -> Iterator[asyncio.Event]:
    """An event that is set by every commit that wakes one of `topics`.

    Begin to wait before looking: what is committed between the look and the wait is not missed.
    """
    rung, loop = asyncio.Event(), asyncio.get_running_loop()

    def ring() -> None:
        with suppress(RuntimeError):  # the loop was closed meanwhile: nobody waits
            loop.call_soon_threadsafe(rung.set)

    with ExitStack() as undo:
        for topic in topics:
            undo.callback(database.listen(topic, ring))
        yield rung


async def rung_within(rung: asyncio.Event, seconds: float) -> bool:
    """Wait for the bell, at most `seconds`; the bell is ready to ring again."""
    try:
        async with asyncio.timeout(seconds):
            await rung.wait()
    except TimeoutError:
        return False
    rung.clear()
    return True
