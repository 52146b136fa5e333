"""What an instance is told to do beside its program: one order after the other, and never without an answer."""

import asyncio
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Awaitable
from typing import Generic, TypeVar

from stokehold.domain.errors import StokeholdError

T = TypeVar("T")


class Orders(ABC, Generic[T]):
    """Orders of one kind, for one instance."""

    def __init__(self, most_waiting: int | None = None) -> None:
        """Of more than `most_waiting` orders that wait, the newest are enough."""
        self._waiting: deque[T] = deque(maxlen=most_waiting)
        self._task: asyncio.Task[None] | None = None

    def take(self, order: T) -> None:
        """Begin, or wait for those before."""
        self._waiting.append(order)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())

    async def finish(self) -> None:
        """Wait for those that were taken."""
        if self._task is not None:
            await asyncio.wait([self._task])

    def cancel(self) -> None:
        """Give up: the instance is told to stop, or is over."""
        self._waiting.clear()
        if self._task is not None:
            self._task.cancel()

    @abstractmethod
    async def carry_out(self, order: T) -> None:
        """Do it, and tell what became of it. Raises nothing."""

    async def _run(self) -> None:
        while self._waiting:
            await self.carry_out(self._waiting.popleft())


async def reason(work: Awaitable[None]) -> str:
    """Why `work` failed; empty when it has not."""
    try:
        await work
    except StokeholdError as error:
        return error.message
    except OSError as error:
        return error.strerror or str(error)
    except Exception as error:  # a fault of ours must not leave its owner without an answer
        return repr(error)
    return ""
