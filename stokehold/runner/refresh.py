"""New and changed inputs for an instance whose program runs."""

import asyncio
import time
from collections.abc import Awaitable, Callable

from stokehold.domain.protocol import Refresh, Refreshed
from stokehold.runner.inputs import InputsUnavailable
from stokehold.runner.reporter import Reporter


class Refreshes:
    """The refreshes of one instance, one after the other; of two that wait the newer is enough."""

    def __init__(self, token: str, reporter: Reporter, put: Callable[[Refresh], Awaitable[None]]) -> None:
        """`put` brings the inputs of an order. It may raise InputsUnavailable and OSError."""
        self._token, self._reporter, self._put = token, reporter, put
        self._next: Refresh | None = None
        self._task: asyncio.Task[None] | None = None

    def take(self, order: Refresh) -> None:
        """Begin, or wait for the one before."""
        self._next = order
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())

    async def finish(self) -> None:
        """Wait for what is under way: inputs that arrive while results are searched would be taken for some."""
        if self._task is not None:
            await asyncio.wait([self._task])

    def cancel(self) -> None:
        """Give up: the program is over."""
        self._next = None
        if self._task is not None:
            self._task.cancel()

    async def _run(self) -> None:
        while (order := self._next) is not None:
            self._next = None
            reason = await self._carry_out(order)
            self._reporter.add(Refreshed(self._token, order.revision, time.time_ns() // 1000, reason))

    async def _carry_out(self, order: Refresh) -> str:
        """Why it failed; empty when all has arrived."""
        if order.reason:
            return order.reason
        try:
            await self._put(order)
        except InputsUnavailable as error:
            return error.message
        except OSError as error:
            return error.strerror or str(error)
        except Exception as error:  # a fault of ours must not leave its owner without an answer
            return repr(error)
        return ""
