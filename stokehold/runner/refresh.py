"""New and changed inputs for an instance whose program runs."""

import time
from collections.abc import Awaitable, Callable

from stokehold.domain.protocol import Refresh, Refreshed
from stokehold.runner.orders import Orders, reason
from stokehold.runner.reporter import Reporter


class Refreshes(Orders[Refresh]):
    """The refreshes of one instance; of two that wait the newer is enough.

    Results are searched when they have finished: inputs that arrived meanwhile would be taken for some.
    """

    def __init__(self, token: str, reporter: Reporter, put: Callable[[Refresh], Awaitable[None]]) -> None:
        """`put` brings the inputs of an order. It may raise InputsUnavailable and OSError."""
        super().__init__(most_waiting=1)
        self._token, self._reporter, self._put = token, reporter, put

    async def carry_out(self, order: Refresh) -> None:
        """Bring the inputs, unless the order says why they cannot be had."""
        failure = order.reason or await reason(self._put(order))
        self._reporter.add(Refreshed(self._token, order.revision, time.time_ns() // 1000, failure))
