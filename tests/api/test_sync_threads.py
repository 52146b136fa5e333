"""The writer's thread and the loop both claim leases for a call that waits: what either finds is told."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event, select

from stokehold.api.sync import OFFERED_MOST
from stokehold.store.database import Database
from stokehold.store.schema import attempts
from tests.api.speaker import Counter, counter
from tests.store.kitchen import Kitchen
from tests.waiting import DEADLINE_S, eventually


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
                assert go.wait(DEADLINE_S)
        elif at.desk._asking and storing.ident is None:
            storing.start()
            assert inside.wait(DEADLINE_S)
            asyncio.get_running_loop().call_soon(go.set)  # once the call waits for what it claims

    event.listen(database.engine, "before_cursor_execute", meet)
    try:
        yield
    finally:
        event.remove(database.engine, "before_cursor_execute", meet)
        storing.join(DEADLINE_S)


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


def test_what_an_undone_claim_gave_is_told_to_nobody(database: Database) -> None:
    """The claim for the second of two calls breaks: the savepoint undoes that of the first as well."""
    kitchen = Kitchen(database)

    async def story() -> None:
        async with counter(kitchen) as at:
            runners = [at.speaker("n1"), at.speaker("n2", "s2")]
            for runner in runners:
                await runner.introduce()
            calls = [runner.asking(1) for runner in runners]
            await eventually(lambda: len(at.desk._asking) == 2)
            with breaking(database, "INSERT INTO attempts", at_time=2) as broken:
                await asyncio.to_thread(kitchen.task, instance_count=2)
                given = [lease for call in calls for lease in (await call).leases]
            assert broken == [1, 2]
            assert {lease.token for lease in given} == tokens(kitchen)
            assert {lease.instance_id for lease in given} == {0, 1}

    asyncio.run(story())


def test_a_submission_waits_for_a_few_leases_and_the_rest_follow(database: Database) -> None:
    kitchen = Kitchen(database)

    async def story() -> None:
        async with counter(kitchen) as at:
            runner = at.speaker()
            await runner.introduce()
            call = runner.asking(want=200)
            await eventually(lambda: at.desk._asking)
            await asyncio.to_thread(kitchen.task, instance_count=200)
            first = (await call).leases
            assert len(first) == OFFERED_MOST
            rest = await runner.ask(200 - OFFERED_MOST, wait_s=20.0)
            assert {lease.instance_id for lease in [*first, *rest]} == set(range(200))

    asyncio.run(story())


@contextmanager
def breaking(database: Database, words: str, at_time: int) -> Iterator[list[int]]:
    """In the writer's thread, the statement with these `words` fails once: when it comes for the given time."""
    loop, times = threading.current_thread(), list[int]()

    def count(_conn: Any, _cursor: Any, sql: str, *_rest: Any) -> None:
        if words in sql and threading.current_thread() is not loop and len(times) < at_time:
            times.append(len(times) + 1)
            if len(times) == at_time:
                raise RuntimeError("the second claim")

    event.listen(database.engine, "before_cursor_execute", count)
    try:
        yield times
    finally:
        event.remove(database.engine, "before_cursor_execute", count)
