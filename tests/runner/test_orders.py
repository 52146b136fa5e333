"""Orders to one instance: in their order, one at a time, and a failure has its words."""

import asyncio

import pytest

from stokehold.domain.errors import Failure
from stokehold.runner.inputs import InputsUnavailable
from stokehold.runner.orders import Orders, reason


class Notes(Orders[int]):
    """Writes down what it is told, as soon as the gate is open."""

    def __init__(self, most_waiting: int | None = None) -> None:
        super().__init__(most_waiting)
        self.begun: list[int] = []
        self.ended: list[int] = []
        self.gate = asyncio.Event()

    async def carry_out(self, order: int) -> None:
        self.begun.append(order)
        await self.gate.wait()
        self.ended.append(order)


@pytest.mark.parametrize(("most_waiting", "done"), [(None, [1, 2, 3]), (1, [1, 3])])
def test_they_are_carried_out_one_after_the_other(most_waiting: int | None, done: list[int]) -> None:
    async def story() -> None:
        notes = Notes(most_waiting)
        notes.take(1)
        await asyncio.sleep(0)
        notes.take(2)
        notes.take(3)
        assert notes.begun == [1]
        notes.gate.set()
        await notes.finish()
        assert notes.begun == notes.ended == done
        notes.take(4)
        await notes.finish()
        assert notes.ended == [*done, 4]

    asyncio.run(story())


def test_what_is_given_up_is_not_carried_out() -> None:
    async def story() -> None:
        notes = Notes()
        notes.cancel()
        await notes.finish()
        notes.take(1)
        notes.take(2)
        await asyncio.sleep(0)
        notes.cancel()
        await notes.finish()
        assert (notes.begun, notes.ended) == ([1], [])

    asyncio.run(story())


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (None, ""),
        (InputsUnavailable(Failure("STK3002", "it is away")), "it is away"),
        (OSError(28, "No space left on device"), "No space left on device"),
        (OSError("no number"), "no number"),
        (RuntimeError("ours"), "RuntimeError('ours')"),
    ],
)
def test_a_failure_has_its_words(error: Exception | None, words: str) -> None:
    async def work() -> None:
        if error is not None:
            raise error

    assert asyncio.run(reason(work())) == words
