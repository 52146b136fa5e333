"""Where files go: each question has its own answer, and answers of other times are passed over."""

import asyncio
from pathlib import Path

import pytest

from stokehold.domain.protocol import Destination, Produced, Refused, Upload
from stokehold.runner.destinations import Destinations
from stokehold.runner.outbox import Outbox
from stokehold.runner.reporter import Reporter
from stokehold.runner.server_link import ServerLink
from stokehold.runner.transfer import TransferError

A = Destination("a", "p/a", "http://s/a")


def made(tmp_path: Path) -> tuple[Destinations, Reporter]:
    link = ServerLink("http://127.0.0.1:9", tmp_path / "token")
    reporter = Reporter(Outbox(tmp_path / "outbox"), link, "node", "session")
    return Destinations("1.a", reporter), reporter


def asked(reporter: Reporter) -> list[Produced]:
    return [report for report in reporter._fresh if isinstance(report, Produced)]


def test_two_questions_at_once_get_their_own_answers(tmp_path: Path) -> None:
    async def story() -> None:
        destinations, reporter = made(tmp_path)
        final = asyncio.create_task(destinations.of([("a", 1)]))
        shot = asyncio.create_task(destinations.of([("b", 2)], 7))
        await asyncio.sleep(0)
        first, second = asked(reporter)
        assert (first.files, first.snapshot, second.files, second.snapshot) == ([("a", 1)], 0, [("b", 2)], 7)
        destinations.answered(Refused("1.a", "no", 7, second.piece))
        destinations.answered(Upload("1.a", [A], 0, first.piece))
        assert await final == [A]
        with pytest.raises(TransferError, match="no"):
            await shot

    asyncio.run(story())


def test_answers_of_another_time_are_passed_over(tmp_path: Path) -> None:
    async def story() -> None:
        destinations, reporter = made(tmp_path)
        waiting = asyncio.create_task(destinations.of([("a", 1)]))
        await asyncio.sleep(0)
        [question] = asked(reporter)
        destinations.answered(Upload("1.a", [], 0, question.piece - 1))
        destinations.answered(Upload("1.a", [], 7, question.piece))
        for answer in ([A], []):
            destinations.answered(Upload("1.a", answer, 0, question.piece))
        assert await waiting == [A]
        destinations.answered(Upload("1.a", [], 0, question.piece))

    asyncio.run(story())
