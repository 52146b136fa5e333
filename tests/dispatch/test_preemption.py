"""Room is made by itself, as soon as something urgent waits; nothing is looked at by the clock."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest

from stokehold.dispatch.preemption import make_room, spread_leases
from stokehold.domain.preempt import PATIENCE_US
from stokehold.domain.quota import UNLIMITED
from stokehold.domain.task import Scheduling
from stokehold.store import nodes
from stokehold.store.database import Database
from stokehold.store.journal import IDLE
from tests.store.kitchen import Kitchen
from tests.waiting import eventually


@pytest.fixture
def kitchen(database: Database) -> Kitchen:
    return Kitchen(database)


def told(kitchen: Kitchen) -> int:
    return len(kitchen.database.read_now(nodes.commands, kitchen.node, 0))


async def beside(work: Awaitable[None], story: Callable[[], Awaitable[None]]) -> None:
    task = asyncio.ensure_future(work)
    await asyncio.sleep(0)
    await story()
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


def test_an_urgent_submission_makes_room(kitchen: Kitchen) -> None:
    async def story() -> None:
        kitchen.task(instance_count=9)
        kitchen.lease(2)
        kitchen.task(scheduling_type=Scheduling.ON_DEMAND)
        await eventually(lambda: told(kitchen) == 1)

    asyncio.run(beside(make_room(kitchen.database, UNLIMITED, lambda: kitchen.now), story))


def test_what_is_urgent_already_makes_room_after_a_restart(kitchen: Kitchen) -> None:
    kitchen.task(instance_count=9)
    kitchen.lease(2)
    kitchen.task(scheduling_type=Scheduling.ON_DEMAND)

    async def story() -> None:
        await eventually(lambda: told(kitchen) == 1)

    asyncio.run(beside(make_room(kitchen.database, UNLIMITED, lambda: kitchen.now), story))


def test_a_node_that_asks_in_vain_takes_over_what_another_has_in_hand(kitchen: Kitchen) -> None:
    async def story() -> None:
        kitchen.task(instance_count=9)
        kitchen.lease(5)
        kitchen.add("idle", slots=1)
        kitchen.lease(4)
        kitchen.now += PATIENCE_US
        await asyncio.sleep(0)
        kitchen.database.ring(IDLE)
        await eventually(lambda: told(kitchen) == 1)

    asyncio.run(beside(spread_leases(kitchen.database, lambda: kitchen.now), story))
