"""Jobs end and go when their time has come, also when the server was away at that moment."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from stokehold.dispatch import alarm
from stokehold.dispatch.job_times import watch_jobs
from stokehold.domain.events import JobTerminateAsked
from stokehold.store.database import Database
from tests.store.audit import audit
from tests.store.kitchen import Kitchen
from tests.store.statements import statements
from tests.waiting import eventually

HOUR = 3_600_000_000
SPEC = '{"name":"j","maxWallTime":"01:00:00"}'


@pytest.fixture
def kitchen(database: Database, monkeypatch: pytest.MonkeyPatch) -> Kitchen:
    monkeypatch.setattr(alarm, "LONGEST_S", 0.005)
    return Kitchen(database)


def play(kitchen: Kitchen, story: Callable[[], Awaitable[None]]) -> None:
    async def watched() -> None:
        watching = asyncio.create_task(watch_jobs(kitchen.database, lambda: kitchen.now))
        await story()
        watching.cancel()

    asyncio.run(watched())
    kitchen.database.read_now(audit)


def test_a_job_that_takes_too_long_is_terminated_with_its_tasks(kitchen: Kitchen) -> None:
    job, other = kitchen.job(max_wall_us=HOUR, spec=SPEC), kitchen.job()
    running, waiting = kitchen.task(job_id=job.id), kitchen.task(job_id=job.id)
    bystander = kitchen.task(job_id=other.id)
    [lease] = kitchen.lease(1)

    async def story() -> None:
        kitchen.now = job.created_at + HOUR
        await eventually(lambda: kitchen.job_now(job.id).state == "Terminating")
        kitchen.end(lease.token, stopped=True)
        assert kitchen.job_now(job.id).state == "Completed"

    play(kitchen, story)
    reason = kitchen.job_now(job.id).reason
    assert reason is not None
    assert reason.code == "STK2011"
    assert {kitchen.again(task.uuid).state for task in (running, waiting)} == {"Cancelled"}
    assert "maximum wall time of 01:00:00" in (kitchen.again(waiting.uuid).failure or "")
    assert kitchen.again(bystander.uuid).state == "Submitted"


def test_what_fell_due_while_the_server_was_away_is_done_when_it_is_back(kitchen: Kitchen) -> None:
    late = [kitchen.job(max_wall_us=HOUR, spec=SPEC) for _ in range(3)]
    old = kitchen.job(completion_ttl_us=HOUR)
    kitchen.record(JobTerminateAsked(old.id))
    kitchen.now += 9 * HOUR

    async def story() -> None:
        await eventually(lambda: {kitchen.job_now(job.id).state for job in late} == {"Completed"})
        await eventually(lambda: kitchen.job_now(old.id).state == "Deleting")

    play(kitchen, story)


def test_a_job_that_is_made_while_nothing_is_due_is_watched(
    kitchen: Kitchen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alarm, "LONGEST_S", 60.0)

    async def story() -> None:
        job = await asyncio.to_thread(kitchen.job, max_wall_us=1_000_000, spec=SPEC)
        assert kitchen.now >= job.created_at + 1_000_000
        await eventually(lambda: kitchen.job_now(job.id).state == "Completed")

    play(kitchen, story)


def test_jobs_that_are_not_due_are_not_read(kitchen: Kitchen) -> None:
    for _ in range(3):
        kitchen.job(max_wall_us=HOUR, spec=SPEC)

    async def story() -> None:
        with statements(kitchen.database) as seen:
            await eventually(lambda: len(seen) > 6)
        assert all("LIMIT" in sql and sql.startswith("SELECT") for sql in seen)

    play(kitchen, story)
