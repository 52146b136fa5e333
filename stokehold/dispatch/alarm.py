"""What is due is done when it falls due; in between, nothing is looked at unless a commit rings."""

from collections.abc import Callable
from typing import Any

from stokehold.domain.moments import SECOND
from stokehold.store.bell import rung_within, waiting
from stokehold.store.database import Connection, Database

LONGEST_S = 60.0  # between looks: the clock of the machine may be set meanwhile

Moment = Callable[[Connection], int | None]
Work = Callable[[Connection, int], Any]


async def keep_time(
    database: Database, topic: str, clock: Callable[[], int], due: Moment, work: Work,
    put_back: Work | None = None,
) -> None:  # fmt: skip
    """Do `work` whenever the moment `due` has come. Commits that wake `topic` may bring it nearer.

    What is due is kept in the database: a server that was away does it when it is back. `put_back` is done when
    the clock shows an earlier time than it did.
    """
    seen = clock()
    with waiting(database, topic) as rung:
        while True:
            at = clock()
            if put_back is not None and at < seen:
                await database.write(put_back, at)
            seen = at
            left = pause(await database.read(due), at)
            if left > 0:
                await rung_within(rung, left)
            else:
                await database.write(work, at)


def pause(moment: int | None, at: int) -> float:
    """Seconds from `at` to the next look."""
    return LONGEST_S if moment is None else min((moment - at) / SECOND, LONGEST_S)
