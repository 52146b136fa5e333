"""Time limits of tasks: what is due is done when it falls due, and nothing is looked at in between."""

from collections.abc import Callable

import structlog

from stokehold.store import timers
from stokehold.store.bell import rung_within, waiting
from stokehold.store.database import Database
from stokehold.store.journal import TIMES

log = structlog.get_logger()

LONGEST_S = 60.0  # between looks: the clock of the machine may be set forward meanwhile


async def keep_time(database: Database, clock: Callable[[], int]) -> None:
    """End tasks whose time in the queue is over; delete those whose time after completion is."""
    with waiting(database, TIMES) as rung:
        while True:
            left = pause(await database.read(timers.next_moment), clock())
            if left > 0:
                await rung_within(rung, left)
                continue
            while await database.write(timers.carry_out, clock()):
                log.debug("timers.many")


def pause(moment: int | None, at: int) -> float:
    """Seconds from `at` to the next look."""
    return LONGEST_S if moment is None else min((moment - at) / 1e6, LONGEST_S)
