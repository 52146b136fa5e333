"""Refreshes of one instance: in their order, the newest of those that wait, and never without an answer."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from stokehold.domain.errors import Failure, Faults
from stokehold.domain.protocol import Refresh, Refreshed
from stokehold.runner.inputs import InputsUnavailable
from stokehold.runner.outbox import Outbox
from stokehold.runner.refresh import Refreshes
from stokehold.runner.reporter import Reporter
from stokehold.runner.server_link import ServerLink


def made(tmp_path: Path, put: Callable[[Refresh], Awaitable[None]]) -> tuple[Refreshes, Reporter]:
    link = ServerLink("http://127.0.0.1:9", tmp_path / "token")
    reporter = Reporter(Outbox(tmp_path / "outbox"), link, "node", "session")
    return Refreshes("1.a", reporter, put), reporter


def told(reporter: Reporter) -> list[tuple[int, str]]:
    return [(report.revision, report.reason) for report in reporter._fresh if isinstance(report, Refreshed)]


def test_one_after_the_other_and_only_the_newest_of_those_that_wait(tmp_path: Path) -> None:
    async def story() -> None:
        seen: list[int] = []
        gate = asyncio.Event()

        async def put(order: Refresh) -> None:
            seen.append(order.revision)
            await gate.wait()

        refreshes, reporter = made(tmp_path, put)
        refreshes.take(Refresh(1, "1.a", 1))
        await asyncio.sleep(0)
        refreshes.take(Refresh(2, "1.a", 2))
        refreshes.take(Refresh(3, "1.a", 3))
        gate.set()
        await refreshes.finish()
        assert seen == [1, 3]
        assert told(reporter) == [(1, ""), (3, "")]

    asyncio.run(story())


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (InputsUnavailable(Failure.of(Faults.DOWNLOAD_FAILED, reason="it is away")), "it is away"),
        (OSError(28, "No space left on device"), "No space left"),
        (RuntimeError("a fault of ours"), "a fault of ours"),
    ],
)
def test_what_goes_wrong_is_told_and_the_next_one_is_tried(
    tmp_path: Path, error: Exception, words: str
) -> None:
    async def story() -> None:
        async def put(order: Refresh) -> None:
            if order.revision == 1:
                raise error

        refreshes, reporter = made(tmp_path, put)
        for revision in (1, 2):
            refreshes.take(Refresh(revision, "1.a", revision))
            await refreshes.finish()
        [(_, first), (_, second)] = told(reporter)
        assert words in first
        assert second == ""

    asyncio.run(story())


def test_inputs_that_the_server_cannot_name_are_not_asked_for(tmp_path: Path) -> None:
    async def story() -> None:
        async def put(_: Refresh) -> None:
            raise AssertionError

        refreshes, reporter = made(tmp_path, put)
        refreshes.take(Refresh(1, "1.a", 1, reason="the bucket is gone"))
        await refreshes.finish()
        assert told(reporter) == [(1, "the bucket is gone")]

    asyncio.run(story())


def test_what_is_given_up_is_not_told(tmp_path: Path) -> None:
    async def story() -> None:
        async def put(_: Refresh) -> None:
            await asyncio.Event().wait()

        refreshes, reporter = made(tmp_path, put)
        refreshes.take(Refresh(1, "1.a", 1))
        await asyncio.sleep(0)
        refreshes.cancel()
        await refreshes.finish()
        assert told(reporter) == []

    asyncio.run(story())
