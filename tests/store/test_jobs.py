"""Jobs as they are read, and what time asks of them."""

import pytest
from sqlalchemy import text

from stokehold.domain.events import JobDeleteAsked, JobTerminateAsked
from stokehold.store import jobs
from stokehold.store.database import Database
from tests.store.kitchen import Kitchen

HOUR = 3_600_000_000


@pytest.fixture
def kitchen(database: Database) -> Kitchen:
    return Kitchen(database)


def due(kitchen: Kitchen, now: int) -> list[object]:
    return list(kitchen.database.read_now(jobs.due, now))


def test_a_job_is_found_by_either_of_its_names_by_its_owner_alone(kitchen: Kitchen) -> None:
    job = kitchen.job(shortname="mine")
    for key in ("mine", job.uuid, job.uuid.upper()):
        assert kitchen.database.read_now(jobs.find, kitchen.account, key) == job
        assert kitchen.database.read_now(jobs.find, kitchen.other, key) is None


def test_a_job_is_due_when_its_time_is_over(kitchen: Kitchen) -> None:
    job = kitchen.job(max_wall_us=HOUR, spec='{"name":"j","maxWallTime":"01:00:00"}')
    kitchen.job()
    end = job.created_at + HOUR
    assert kitchen.database.read_now(jobs.next_due) == end
    assert due(kitchen, end - 1) == []
    [event] = due(kitchen, end)
    assert isinstance(event, JobTerminateAsked)
    assert "01:00:00" in event.reason
    assert event.failure is not None
    kitchen.record(event)
    assert due(kitchen, end) == []
    assert kitchen.database.read_now(jobs.next_due) is None


def test_a_completed_job_is_due_when_it_has_been_kept_long_enough(kitchen: Kitchen) -> None:
    job = kitchen.job(completion_ttl_us=HOUR)
    assert kitchen.database.read_now(jobs.next_due) is None
    kitchen.record(JobTerminateAsked(job.id))
    assert kitchen.database.read_now(jobs.next_due) == kitchen.now + HOUR
    assert due(kitchen, kitchen.now + HOUR) == [JobDeleteAsked(job.id)]


@pytest.mark.parametrize("column", ["end_by", "forget_at"])
def test_only_what_is_due_is_looked_at(sqlite_url: str, column: str) -> None:
    database = Database(sqlite_url)
    query = text(f"EXPLAIN QUERY PLAN SELECT id FROM jobs WHERE {column} <= 5 ORDER BY {column} LIMIT 9")
    plan = database.read_now(lambda conn: " ".join(row.detail for row in conn.execute(query)))
    database.close()
    assert f"INDEX jobs_{column}" in plan


def test_the_oldest_completed_job_that_may_go_makes_room(kitchen: Kitchen) -> None:
    kept, going_on = kitchen.job(), kitchen.job(evictable=True)
    old, young = kitchen.job(evictable=True), kitchen.job(evictable=True)
    assert kitchen.database.read_now(jobs.evict, kitchen.account) is None
    kitchen.record(*(JobTerminateAsked(job.id) for job in (kept, young, old)))
    assert kitchen.database.read_now(jobs.evict, kitchen.account) == JobDeleteAsked(old.id)
    kitchen.record(JobDeleteAsked(old.id))
    assert kitchen.database.read_now(jobs.evict, kitchen.account) == JobDeleteAsked(young.id)
    assert kitchen.database.read_now(jobs.count, jobs.existing(kitchen.account)) == 3
    assert going_on.state == "Active"


def test_the_result_buckets_of_named_tasks_of_a_job_are_known(kitchen: Kitchen) -> None:
    job = kitchen.job()
    one = kitchen.task(job_id=job.id, result_bucket="a")
    kitchen.task(job_id=job.id, result_bucket="b", shortname="two")
    kitchen.task(job_id=job.id, result_bucket="c")
    alone = kitchen.task(result_bucket="d")
    names = [one.uuid.upper(), "two", alone.uuid]
    assert kitchen.database.read_now(jobs.result_buckets, job.id, names) == {"a", "b"}
