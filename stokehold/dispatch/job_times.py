"""What time does to jobs: those that took too long end, those that were kept long enough go."""

import asyncio
from collections.abc import Callable

import structlog

from stokehold.domain.errors import Forbidden, NotFound
from stokehold.domain.events import JobTerminateAsked
from stokehold.domain.moments import SECOND
from stokehold.store import jobs, journal
from stokehold.store.bell import rung_within, waiting
from stokehold.store.database import Connection, Database

log = structlog.get_logger()

LONGEST_S = 30.0  # between looks: the clock may be set meanwhile


async def watch_jobs(database: Database, clock: Callable[[], int]) -> None:
    """Do what is due, then wait for the next moment at which something is, or for news of jobs.

    What is due is kept in the jobs themselves: a server that was away does it when it is back.
    """
    with waiting(database, jobs.JOBS) as rung:
        while True:
            now = clock()
            moment = await database.read(jobs.next_due)
            if moment is None or moment > now:
                ahead = LONGEST_S if moment is None else min((moment - now) / SECOND, LONGEST_S)
                await rung_within(rung, ahead)
            else:
                await database.write(_do_what_is_due, now)
                await asyncio.sleep(0)


def _do_what_is_due(conn: Connection, now: int) -> None:
    for event in jobs.due(conn, now):
        try:
            journal.record(conn, [event], now)
        except (Forbidden, NotFound):  # its owner came first
            continue
        done = "job.timed_out" if isinstance(event, JobTerminateAsked) else "job.forgotten"
        log.info(done, job=event.job_id)
