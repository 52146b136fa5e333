"""What becomes of tasks, told as it happens."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from stokehold.api import feed
from stokehold.api.app import build
from stokehold.api.services import Services
from stokehold.domain.events import AbortAsked, DeleteAsked
from stokehold.domain.protocol import Measured, Sample
from stokehold.store import journal, purge, samples, tasks
from stokehold.store.database import Database
from tests.api.conftest import Runner
from tests.api.listening import listening


def task_id(database: Database, uuid: str) -> int:
    task = database.read_now(tasks.find, 1, uuid)
    assert task is not None
    return task.id


def record(database: Database, *events: Any) -> None:
    database.write_now(journal.record, list(events), 1)


def test_one_task_is_told_from_where_it_is_to_its_end(
    services: Services, submit: Callable[..., str], runner: Runner
) -> None:
    uuid = submit(instanceCount=2)

    async def story() -> None:
        async with listening(build(services), f"/tasks/{uuid}/events") as at:
            await at.until(lambda: at.named("task"), "where it is")
            assert (at.named("task")[0]["state"], at.named("task")[0]["waiting"]) == ("Submitted", 2)
            one, two = runner.lease(2)
            runner.begin(one.token)
            runner.database.write_now(samples.append, Measured(1, [Sample(one.token, progress=50)]))
            await at.until(lambda: at.named("task")[-1]["progress"] == 25, "progress that is measured")
            runner.end(one.token)
            runner.end(two.token)
            await at.until(lambda: at.over, "the end")
            last = at.named("task")[-1]
            assert (last["state"], last["succeeded"], last["progress"]) == ("Success", 2, 100)
            assert at.named("end") == [{"state": "Success"}]

    asyncio.run(story())


def test_an_account_is_told_of_its_own_tasks_and_no_others(
    services: Services, submit: Callable[..., str], database: Database
) -> None:
    old = submit()

    async def story() -> None:
        app = build(services)
        async with (
            listening(app, "/events") as at,
            listening(app, "/events", "", {"authorization": "0ther"}) as other,
        ):
            await at.until(lambda: at.named("ready") and other.named("ready"), "both listen")
            record(database, AbortAsked(task_id(database, old)))
            await at.until(lambda: at.named("task"), "a change")
            assert [(t["uuid"], t["state"]) for t in at.named("task")] == [(old, "Cancelled")]
            assert other.named("task") == []

    asyncio.run(story())


def test_a_new_task_and_one_that_is_forgotten_are_told(
    services: Services, submit: Callable[..., str], database: Database
) -> None:
    async def story() -> None:
        async with listening(build(services), "/events") as at:
            await at.until(lambda: at.named("ready"), "it listens")
            uuid = await asyncio.to_thread(submit)
            await at.until(lambda: at.named("task"), "the new task")
            record(database, DeleteAsked(task_id(database, uuid)))
            while database.write_now(purge.purge):
                pass
            await at.until(lambda: at.named("deleted"), "its end")
            assert at.named("deleted") == [{"uuid": uuid}]

    asyncio.run(story())


def test_changes_in_quick_succession_are_told_once(
    services: Services, submit: Callable[..., str], runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "PAUSE_S", 0.5)
    submit(instanceCount=200)

    async def story() -> None:
        async with listening(build(services), "/events") as at:
            await at.until(lambda: at.named("ready"), "it listens")
            for lease in runner.lease(200):
                runner.end(lease.token)
            await at.until(lambda: at.named("task") and at.named("task")[-1]["state"] == "Success", "the end")
            assert len(at.named("task")) < 20

    asyncio.run(story())


def test_many_changes_are_told_in_turns(
    services: Services, submit: Callable[..., str], monkeypatch: pytest.MonkeyPatch, database: Database
) -> None:
    monkeypatch.setattr(feed, "MOST", 2)
    monkeypatch.setattr(feed, "PAUSE_S", 0.01)
    uuids = {submit() for _ in range(5)}
    events = [AbortAsked(task_id(database, uuid)) for uuid in uuids]

    async def story() -> None:
        async with listening(build(services), "/events") as at:
            await at.until(lambda: at.named("ready"), "it listens")
            record(database, *events)
            await at.until(lambda: {t["uuid"] for t in at.named("task")} == uuids, "each of them")

    asyncio.run(story())
