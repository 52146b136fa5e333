import asyncio
from contextlib import ExitStack

from stokehold.store.bell import rung_within, waiting
from stokehold.store.database import Connection, Database, wake
from tests.waiting import DEADLINE_S


def ring(conn: Connection, topic: str) -> None:
    wake(conn, topic)


def ring_and_fail(conn: Connection, topic: str) -> None:
    wake(conn, topic)
    raise ValueError


def test_the_bell_rings_for_each_of_its_topics(database: Database) -> None:
    async def main() -> None:
        with waiting(database, "a", "b") as rung:
            for topic in ("a", "b"):
                await database.write(ring, topic)
                assert await rung_within(rung, DEADLINE_S)
            assert not await rung_within(rung, 0)

    asyncio.run(main())


def test_the_bell_does_not_ring_for_others_or_for_what_failed(database: Database) -> None:
    async def main() -> None:
        with waiting(database, "a") as rung:
            await database.write(ring, "b")
            await asyncio.gather(database.write(ring_and_fail, "a"), return_exceptions=True)
            await database.write(ring, "b")
            assert not await rung_within(rung, 0.01)

    asyncio.run(main())


def test_what_was_committed_before_the_wait_is_not_missed(database: Database) -> None:
    async def main() -> None:
        with waiting(database, "a") as rung:
            await database.write(ring, "a")
            await database.write(ring, "b")  # a later commit: the first bell was rung before it
            assert await rung_within(rung, DEADLINE_S)

    asyncio.run(main())


def test_every_waiter_is_woken(database: Database) -> None:
    async def main() -> None:
        with waiting(database, "a") as one, waiting(database, "a") as two:
            await database.write(ring, "a")
            assert all(await asyncio.gather(rung_within(one, DEADLINE_S), rung_within(two, DEADLINE_S)))

    asyncio.run(main())


def test_a_waiter_whose_loop_is_gone_does_not_stop_the_writer(database: Database) -> None:
    left = ExitStack()

    async def abandon() -> None:
        left.enter_context(waiting(database, "a"))

    asyncio.run(abandon())
    for _ in range(2):
        database.write_now(ring, "a")
    assert database.write_now(lambda conn: 5) == 5
    left.close()
