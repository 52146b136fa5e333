"""What is due is done in time: the alarm sleeps until the next moment, and a commit wakes it."""

import asyncio
from contextlib import suppress

import pytest

from stokehold.dispatch.alarm import LONGEST_S, pause
from stokehold.dispatch.loop import watch_tasks
from stokehold.runner.instance import now_us
from stokehold.store.database import Database
from tests.store.kitchen import Kitchen
from tests.waiting import eventually


@pytest.mark.parametrize(
    ("moment", "seconds"), [(None, LONGEST_S), (5_500_000, 4.5), (1_000_000, 0.0), (10**12, LONGEST_S)]
)
def test_it_sleeps_until_the_next_moment(moment: int | None, seconds: float) -> None:
    assert pause(moment, 1_000_000) == seconds


def test_what_gets_a_limit_while_it_sleeps_ends_in_time(database: Database) -> None:
    async def story() -> None:
        kitchen = Kitchen(database)
        kitchen.now = now_us()
        keeping = asyncio.create_task(watch_tasks(database, now_us))
        await asyncio.sleep(0)
        queued = kitchen.task(max_time_queue_seconds=1, queue_by=kitchen.now + 300_000)
        kept = kitchen.task(completion_ttl_us=300_000)
        kitchen.end(next(lease.token for lease in kitchen.lease(9) if lease.task == kept.uuid))
        await eventually(lambda: kitchen.again(kept.uuid).state == "PendingDelete")
        await eventually(lambda: kitchen.again(queued.uuid).failure)
        keeping.cancel()
        with suppress(asyncio.CancelledError):
            await keeping

    asyncio.run(story())
