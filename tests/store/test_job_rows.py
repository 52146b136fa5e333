"""Jobs in the journal: their states, and the tasks that they take and lose."""

import pytest
from sqlalchemy import select

from stokehold.domain.errors import Conflict, Failure, Faults, Forbidden, Invalid, NotFound
from stokehold.domain.events import (
    AbortAsked,
    DeleteAsked,
    JobDeleteAsked,
    JobOpened,
    JobTerminateAsked,
)
from stokehold.store import jobs, purge
from stokehold.store.database import Database
from stokehold.store.job_schema import job_journal
from tests.store.audit import audit
from tests.store.kitchen import Kitchen


@pytest.fixture
def kitchen(database: Database) -> Kitchen:
    return Kitchen(database)


def known(kitchen: Kitchen, uuid: str) -> bool:
    return kitchen.database.read_now(jobs.find, kitchen.account, uuid) is not None


def forget(kitchen: Kitchen) -> None:
    while kitchen.database.write_now(purge.purge):
        pass


def test_a_job_counts_the_tasks_that_go_on_in_it(kitchen: Kitchen) -> None:
    job = kitchen.job()
    first, second, third = (kitchen.task(job_id=job.id) for _ in range(3))
    assert kitchen.job_now(job.id).unfinished == 3
    kitchen.end(kitchen.lease(1)[0].token)
    kitchen.record(AbortAsked(second.id), DeleteAsked(third.id), DeleteAsked(first.id))
    assert (kitchen.job_now(job.id).unfinished, kitchen.job_now(job.id).state) == (0, "Active")
    kitchen.database.read_now(audit)


def test_a_job_is_completed_when_the_last_task_of_a_terminated_one_has_ended(kitchen: Kitchen) -> None:
    job = kitchen.job()
    running, waiting = kitchen.task(job_id=job.id), kitchen.task(job_id=job.id)
    [lease] = kitchen.lease(1)
    kitchen.record(JobTerminateAsked(job.id))
    assert kitchen.job_now(job.id).state == "Terminating"
    assert [kitchen.again(t.uuid).state for t in (running, waiting)] == ["PendingCancel", "Cancelled"]
    kitchen.now += 5
    kitchen.end(lease.token, stopped=True)
    after = kitchen.job_now(job.id)
    assert (after.state, after.previous_state, after.state_at) == ("Completed", "Terminating", kitchen.now)
    assert "terminated by its owner" in (kitchen.again(waiting.uuid).failure or "")
    kitchen.database.read_now(audit)


def test_a_job_without_tasks_is_completed_at_once(kitchen: Kitchen) -> None:
    job = kitchen.job()
    kitchen.record(JobTerminateAsked(job.id))
    after = kitchen.job_now(job.id)
    assert (after.state, after.previous_state) == ("Completed", "Terminating")
    with pytest.raises(Forbidden, match="it is Completed already"):
        kitchen.record(JobTerminateAsked(job.id))


def test_a_job_that_is_not_active_takes_no_tasks(kitchen: Kitchen) -> None:
    job = kitchen.job()
    kitchen.record(JobTerminateAsked(job.id))
    with pytest.raises(Invalid, match=r"jobUuid: the job .* is Completed"):
        kitchen.task(job_id=job.id, shortname="late")
    assert kitchen.lease(1) == []


def test_a_job_is_deleted_with_its_tasks(kitchen: Kitchen) -> None:
    job = kitchen.job(shortname="mine")
    task = kitchen.task(job_id=job.id)
    [lease] = kitchen.lease(1)
    with pytest.raises(Forbidden, match=r"1 unfinished task: .*force"):
        kitchen.record(JobDeleteAsked(job.id))
    kitchen.record(JobDeleteAsked(job.id, force=True))
    assert kitchen.job_now(job.id).state == "Deleting"
    assert kitchen.again(task.uuid).state == "PendingDelete"
    kitchen.job(shortname="mine")
    forget(kitchen)
    assert known(kitchen, job.uuid), "it stays as long as something runs for it"
    kitchen.end(lease.token, stopped=True)
    kitchen.record(JobDeleteAsked(job.id))
    forget(kitchen)
    assert not known(kitchen, job.uuid)
    assert kitchen.database.read_now(jobs.count, jobs.owned(kitchen.account)) == 1


def test_a_job_whose_tasks_have_ended_is_deleted_without_force(kitchen: Kitchen) -> None:
    job = kitchen.job()
    kitchen.task(job_id=job.id)
    kitchen.end(kitchen.lease(1)[0].token)
    kitchen.record(JobDeleteAsked(job.id))
    forget(kitchen)
    assert not known(kitchen, job.uuid)


def test_shortnames_are_unique_among_the_jobs_of_an_account(kitchen: Kitchen) -> None:
    kitchen.job(shortname="mine")
    kitchen.job(kitchen.other, shortname="mine")
    kitchen.task(shortname="mine")
    with pytest.raises(Conflict):
        kitchen.job(shortname="mine")


def test_what_is_asked_of_a_job_that_is_not_there_is_refused(kitchen: Kitchen) -> None:
    with pytest.raises(NotFound):
        kitchen.record(JobTerminateAsked(99))


def test_the_life_of_a_job_is_in_its_journal(kitchen: Kitchen) -> None:
    opened = JobOpened("u", kitchen.account, "j", "u", "{}", completion_ttl_us=5)
    kitchen.record(opened)
    job = kitchen.database.read_now(jobs.find, kitchen.account, "u")
    assert job is not None
    failure = Failure.of(Faults.JOB_TIMED_OUT, limit="00:00:01")
    kitchen.record(JobTerminateAsked(job.id, "it was late", failure))
    query = select(job_journal.c.event, job_journal.c.data).order_by(job_journal.c.seq)
    lines = kitchen.database.read_now(lambda conn: conn.execute(query).all())
    assert [tuple(line) for line in lines] == [
        ("Active", None),
        ("Terminating", '{"reason":"it was late"}'),
        ("Completed", None),
    ]
    assert kitchen.job_now(job.id).reason == failure
