"""What time does to jobs: those that took too long end, those that were kept long enough go."""

from collections.abc import Callable

import structlog

from stokehold.dispatch.alarm import keep_time
from stokehold.domain.errors import Forbidden, NotFound
from stokehold.domain.events import JobTerminateAsked
from stokehold.store import jobs, journal
from stokehold.store.database import Connection, Database

log = structlog.get_logger()


async def watch_jobs(database: Database, clock: Callable[[], int]) -> None:
    """End jobs whose wall time is over; delete those whose time after completion is."""
    await keep_time(database, jobs.JOBS, clock, jobs.next_due, _do_what_is_due)


def _do_what_is_due(conn: Connection, now: int) -> None:
    for event in jobs.due(conn, now):
        try:
            journal.record(conn, [event], now)
        except (Forbidden, NotFound):  # its owner came first
            continue
        done = "job.timed_out" if isinstance(event, JobTerminateAsked) else "job.forgotten"
        log.info(done, job=event.job_id)
