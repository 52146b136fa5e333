"""Reports reach the server in order and once, however often it is away."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from stokehold.domain.protocol import (
    Ended,
    Inventory,
    Lease,
    Measured,
    Phased,
    Printed,
    Produced,
    Sample,
    Sync,
    Upload,
)
from stokehold.domain.states import Phase
from stokehold.runner.outbox import Outbox
from stokehold.runner.reporter import HASTES, HASTES_A_S, Haste, Reporter
from stokehold.runner.server_link import ServerLink
from stokehold.store import tasks
from tests.runner.hold import Hold, holding
from tests.waiting import DEADLINE_S, eventually

NODE, SESSION = "node", "session"


@pytest.fixture
def hold(sqlite_url: str, tmp_path: Path) -> Iterator[Hold]:
    with holding(sqlite_url, tmp_path / "hold") as opened:
        yield opened


class Desk:
    """One node's reporter, and leases for it to report on."""

    def __init__(self, hold: Hold, folder: Path) -> None:
        self.link = ServerLink(hold.url, hold.token_file)
        self.outbox = Outbox(folder / "outbox")
        self.reporter = Reporter(self.outbox, self.link, NODE, SESSION)

    async def introduce(self) -> None:
        inventory = Inventory("n", cores=1, memory_mb=1)
        await self.link.sync(Sync(NODE, SESSION, held=[], inventory=inventory))

    async def lease(self, count: int) -> list[Lease]:
        return (await self.link.sync(Sync(NODE, SESSION, want=count))).leases


def ended(token: str) -> Ended:
    return Ended(token, 9, exit_code=0)


def test_measurements_go_with_no_number_and_are_not_kept(hold: Hold, tmp_path: Path) -> None:
    async def story() -> None:
        desk = Desk(hold, tmp_path)
        await desk.introduce()
        task = hold.submit(1)
        [lease] = await desk.lease(1)
        running = asyncio.create_task(desk.reporter.run())
        desk.reporter.add(Phased(lease.token, Phase.EXECUTION, 1))
        assert await desk.reporter.drained(DEADLINE_S)
        desk.reporter.measure(Measured(5, [Sample(lease.token, progress=40)]))

        def told() -> bool:
            [attempt] = hold.database.read_now(tasks.active, hold.task(task.uuid), 10)
            return attempt.sample is not None and attempt.sample.progress == 40

        await eventually(told, what="the sample")
        assert len(desk.outbox) == 0
        hold.go()
        desk.reporter.measure(Measured(6, [Sample(lease.token, progress=50)]))
        await eventually(lambda: desk.reporter._measured is None, what="it was dropped")
        assert desk.reporter.idle
        running.cancel()
        await desk.link.close()

    asyncio.run(story())


def test_what_was_added_arrives_and_is_forgotten(hold: Hold, tmp_path: Path) -> None:
    async def story() -> None:
        desk = Desk(hold, tmp_path)
        await desk.introduce()
        task = hold.submit(2, result_bucket="out")
        first, second = await desk.lease(2)
        commands: list[object] = []
        desk.reporter.on_command = commands.append
        running = asyncio.create_task(desk.reporter.run())
        desk.reporter.add(Printed(first.token, 1, 0, b"hello\n"), ended(first.token))
        desk.reporter.add(Produced(second.token, [("f", 1)]))
        assert await desk.reporter.drained(DEADLINE_S)
        assert hold.stdout(task) == "0> hello\n"
        assert hold.task(task.uuid).succeeded == 1
        assert [type(command) for command in commands] == [Upload]
        assert (len(desk.outbox), desk.reporter.idle) == (0, True)
        running.cancel()

    asyncio.run(story())


def test_reports_wait_for_a_server_that_is_away(hold: Hold, tmp_path: Path) -> None:
    async def story() -> None:
        desk = Desk(hold, tmp_path)
        await desk.introduce()
        task = hold.submit(3)
        leases = await desk.lease(3)
        hold.go()
        told: list[str] = []
        desk.reporter.on_away = told.append
        running = asyncio.create_task(desk.reporter.run())
        desk.reporter.add(*(ended(lease.token) for lease in leases))
        await eventually(lambda: told, what="the server is known to be away")
        assert desk.reporter.unsent_ends() == {lease.token for lease in leases}
        assert not await desk.reporter.drained(0.01)
        hold.come()
        assert await desk.reporter.drained(DEADLINE_S)
        assert told[0]
        assert told[-1] == ""
        assert hold.task(task.uuid).state == "Success"
        running.cancel()

    asyncio.run(story())


def test_reports_outlive_their_runner(hold: Hold, tmp_path: Path) -> None:
    async def story() -> None:
        desk = Desk(hold, tmp_path)
        await desk.introduce()
        task = hold.submit(1)
        [lease] = await desk.lease(1)
        desk.reporter.add(ended(lease.token))
        desk.reporter.keep()
        again = Desk(hold, tmp_path)  # with the file that the first has left
        running = asyncio.create_task(again.reporter.run())
        assert await again.reporter.drained(DEADLINE_S)
        assert hold.task(task.uuid).state == "Success"
        running.cancel()

    asyncio.run(story())


def test_an_end_is_safe_once_it_is_on_disk(hold: Hold, tmp_path: Path) -> None:
    async def story() -> None:
        desk = Desk(hold, tmp_path)
        safe: list[list[str]] = []

        def on_safe(tokens: list[str]) -> None:
            assert set(tokens) <= Outbox(tmp_path / "outbox").ended()
            safe.append(tokens)

        desk.reporter.on_safe = on_safe
        desk.reporter.add(Phased("1.a", Phase.EXECUTION, 5))
        desk.reporter.keep()
        desk.reporter.add(ended("1.a"))
        desk.reporter.keep()
        assert safe == [["1.a"]]

    asyncio.run(story())


def test_a_phase_that_has_passed_already_is_not_worth_a_line(hold: Hold, tmp_path: Path) -> None:
    async def story() -> None:
        desk = Desk(hold, tmp_path)
        desk.reporter.add(Phased("1.a", Phase.EXECUTION, 5), ended("1.a"), Phased("2.b", Phase.EXECUTION, 5))
        desk.reporter.keep()
        _, batch = desk.outbox.batch(10)
        assert [(type(r), r.token) for r in batch] == [(Ended, "1.a"), (Phased, "2.b")]

    asyncio.run(story())


def test_a_server_that_does_not_know_the_session_is_told_again_later(hold: Hold, tmp_path: Path) -> None:
    async def story() -> None:
        desk = Desk(hold, tmp_path)
        asked: list[bool] = []
        desk.reporter.on_unknown = lambda: asked.append(True)
        running = asyncio.create_task(desk.reporter.run())
        desk.reporter.add(ended("1.a"))
        await eventually(lambda: asked, what="an introduction is asked for")
        assert len(desk.outbox) == 1
        await desk.introduce()
        assert await desk.reporter.drained(DEADLINE_S)
        running.cancel()

    asyncio.run(story())


def test_a_few_calls_follow_at_once_and_a_stream_of_them_gathers() -> None:
    haste = Haste()
    assert [haste.spend(1000.0) for _ in range(6)] == [True] * HASTES + [False] * 2
    assert haste.spend(1000.0 + 1.5 / HASTES_A_S)
    assert not haste.spend(1000.0 + 1.5 / HASTES_A_S)
