"""What happens by time: silent nodes are given up, deleted tasks are forgotten, and no trouble ends the loops."""

import asyncio
from collections.abc import Callable

import pytest

from stokehold.dispatch import loop
from stokehold.dispatch.loop import forget_deleted, insist, take_snapshots, watch_nodes
from stokehold.domain.events import DeleteAsked
from stokehold.domain.presence import SILENCE_US, Presence
from stokehold.domain.protocol import Phased
from stokehold.domain.snapshot import Config
from stokehold.domain.states import Phase
from stokehold.store import nodes, snapshots, tasks
from stokehold.store.database import Database
from tests.store.kitchen import Kitchen
from tests.waiting import eventually


@pytest.fixture
def kitchen(database: Database, monkeypatch: pytest.MonkeyPatch) -> Kitchen:
    monkeypatch.setattr(loop, "TICK_S", 0.005)
    monkeypatch.setattr(loop, "PAUSE_S", 0.005)
    return Kitchen(database)


class Clock:
    """Goes on by `step` at every look, and by a jump when told to."""

    def __init__(self, start: int) -> None:
        self.now, self.step, self.looks = start, 1000, 0

    def __call__(self) -> int:
        self.now += self.step
        self.looks += 1
        return self.now


def present(kitchen: Kitchen) -> list[int]:
    return kitchen.database.read_now(nodes.present)


async def ticks(clock: Clock, count: int = 4) -> None:
    """Until the clock was looked at so many times more."""
    goal = clock.looks + count
    await eventually(lambda: clock.looks >= goal)


def test_a_silent_node_is_given_up_and_its_instances_wait_again(kitchen: Kitchen) -> None:
    async def story() -> None:
        task = kitchen.task(instance_count=2)
        kitchen.lease(2)
        clock, presence = Clock(kitchen.now), Presence()
        clock.step = 1_000_000
        watching = asyncio.create_task(watch_nodes(kitchen.database, presence, clock))
        await eventually(lambda: present(kitchen) == [])
        watching.cancel()
        assert clock.now - kitchen.now > SILENCE_US
        assert kitchen.again(task.uuid).ready == 2

    asyncio.run(story())


def test_a_node_that_is_heard_of_is_kept(kitchen: Kitchen) -> None:
    async def story() -> None:
        clock, presence = Clock(kitchen.now), Presence()
        clock.step = 1_000_000
        watching = asyncio.create_task(watch_nodes(kitchen.database, presence, clock))
        for _ in range(20):
            await ticks(clock)
            presence.seen(kitchen.node, clock.now)
        watching.cancel()
        assert present(kitchen) == [kitchen.node]

    asyncio.run(story())


@pytest.mark.parametrize("jump_us", [3_600_000_000, -3_600_000_000])
def test_a_jump_of_the_clock_is_no_silence(kitchen: Kitchen, jump_us: int) -> None:
    async def story() -> None:
        clock, presence = Clock(kitchen.now), Presence()
        watching = asyncio.create_task(watch_nodes(kitchen.database, presence, clock))
        await ticks(clock)
        clock.now += jump_us
        await ticks(clock)
        assert present(kitchen) == [kitchen.node]
        clock.step = 1_000_000  # and afterwards silence is noticed as ever
        await eventually(lambda: present(kitchen) == [])
        watching.cancel()

    asyncio.run(story())


def test_a_deleted_task_is_forgotten_once_nothing_runs_for_it(kitchen: Kitchen) -> None:
    def there(uuid: str) -> bool:
        return kitchen.database.read_now(tasks.find, kitchen.account, uuid) is not None

    async def story() -> None:
        early, late = kitchen.task(), kitchen.task(instance_count=1)
        kitchen.record(DeleteAsked(early.id))
        forgetting = asyncio.create_task(forget_deleted(kitchen.database))
        await eventually(lambda: not there(early.uuid), what="what was deleted before the start is forgotten")
        [lease] = kitchen.lease(1)
        kitchen.record(DeleteAsked(late.id))
        assert there(late.uuid)
        kitchen.end(lease.token)
        await eventually(lambda: not there(late.uuid))
        forgetting.cancel()

    asyncio.run(story())


def test_background_work_that_fails_begins_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "PAUSE_S", 0.0)
    tries: list[int] = []

    async def work() -> None:
        tries.append(1)
        if len(tries) < 3:
            raise OSError("the disk is full")

    asyncio.run(insist(work))
    assert len(tries) == 3


def test_background_work_can_be_cancelled() -> None:
    async def story(work: Callable[[], asyncio.Future[None]]) -> None:
        insisting = asyncio.create_task(insist(work))
        await asyncio.sleep(0)
        insisting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await insisting

    asyncio.run(story(lambda: asyncio.get_running_loop().create_future()))


def test_periodic_snapshots_are_taken_as_the_clock_goes_on(kitchen: Kitchen) -> None:
    async def story() -> None:
        task = kitchen.task(result_bucket="out")
        [lease] = kitchen.lease(1)
        kitchen.record(Phased(lease.token, Phase.EXECUTION, kitchen.now))
        clock, database = Clock(kitchen.now), kitchen.database
        taking = asyncio.create_task(take_snapshots(database, clock))
        await asyncio.sleep(0)
        first = clock.now + 20_000
        await database.write(snapshots.schedule, task.id, 10, Config(), first)
        await eventually(lambda: database.read_now(snapshots.newest, task.id))
        assert (database.read_now(snapshots.next_due) or 0) > first
        clock.now = kitchen.now - 3600_000_000  # it is put back: the next beat is no hour away
        await database.write(snapshots.schedule, task.id, 10, Config(), first)
        await eventually(lambda: 0 < (database.read_now(snapshots.next_due) or 0) - clock.now <= 10_000_000)
        taking.cancel()

    asyncio.run(story())
