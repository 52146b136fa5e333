"""The writer's thread and the loop both claim leases for a call that waits: what either finds is told."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event, select

from stokehold.store.database import Database
from stokehold.store.schema import attempts
from tests.api.speaker import Counter, counter
from tests.store.kitchen import Kitchen

LONGEST_S = 10.0  # for the other thread


@contextmanager
def meeting(at: Counter, words: str) -> Iterator[None]:
    """A call looks for work while the writer, which stores a task, has come to the statement with these `words`."""
    database, loop = at.kitchen.database, threading.current_thread()
    inside, go = threading.Event(), threading.Event()
    storing = threading.Thread(target=lambda: at.kitchen.task(instance_count=1))

    def meet(_conn: Any, _cursor: Any, sql: str, *_rest: Any) -> None:
        if threading.current_thread() is not loop:
            if storing.ident is not None and words in sql and not inside.is_set():
                inside.set()
                assert go.wait(LONGEST_S)
        elif at.desk._asking and storing.ident is None:
            storing.start()
            assert inside.wait(LONGEST_S)
            asyncio.get_running_loop().call_soon(go.set)  # once the call waits for what it claims

    event.listen(database.engine, "before_cursor_execute", meet)
    try:
        yield
    finally:
        event.remove(database.engine, "before_cursor_execute", meet)
        storing.join(LONGEST_S)


@pytest.mark.parametrize(
    "words", ["nodes.inventory", "INSERT INTO attempts"], ids=["before its claim", "in its claim"]
)
def test_no_lease_is_lost_between_the_threads(database: Database, words: str) -> None:
    kitchen = Kitchen(database)

    async def story() -> None:
        async with counter(kitchen) as at:
            runner = at.speaker()
            await runner.introduce()
            kitchen.task(instance_count=1)  # nobody asks yet
            with meeting(at, words):
                given = await runner.ask(2, wait_s=20.0)
            given += await runner.ask(2 - len(given)) if len(given) < 2 else []
            assert {lease.token for lease in given} == tokens(kitchen)

    asyncio.run(story())


def tokens(kitchen: Kitchen) -> set[str]:
    """Of all leases that the store knows."""
    return kitchen.database.read_now(lambda conn: set(conn.execute(select(attempts.c.token)).scalars()))
