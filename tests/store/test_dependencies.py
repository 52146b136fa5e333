"""What the ends of tasks do to those that wait for them."""

from typing import Any

import pytest

from stokehold.domain.errors import Invalid
from stokehold.domain.events import AbortAsked, DeleteAsked, JobTerminateAsked, Submitted, Upstream
from stokehold.domain.protocol import Ended
from stokehold.store import dependencies, leases, purge, timers
from stokehold.store.database import Database
from stokehold.store.tasks import Task
from tests.store.audit import audit
from tests.store.kitchen import Kitchen
from tests.store.statements import statements

ANY: tuple[str, ...] = ()
SUCCESS = ("success",)


@pytest.fixture
def kitchen(database: Database) -> Kitchen:
    return Kitchen(database)


@pytest.fixture
def job(kitchen: Kitchen) -> int:
    return kitchen.job(use_dependencies=True).id


def after(*upstreams: Task | Submitted, ends: tuple[str, ...] = ANY) -> tuple[Upstream, ...]:
    return tuple(Upstream(task.uuid, ends) for task in upstreams)


def standings(kitchen: Kitchen, task: Task) -> list[tuple[str, str | None]]:
    found = kitchen.database.read_now(dependencies.of_tasks, [task.id]).get(task.id, [])
    return [(str(one.standing), one.ended_as) for one in found]


def states(kitchen: Kitchen, *tasks: Task | Submitted) -> list[str]:
    return [kitchen.again(task.uuid).state for task in tasks]


def run(kitchen: Kitchen, **report: Any) -> None:
    [lease] = kitchen.lease(1)
    kitchen.end(lease.token, **report)


def fail(kitchen: Kitchen) -> None:
    run(kitchen, exit_code=1, failure=kitchen.failure)


def test_a_task_is_leased_only_when_all_that_it_waits_for_has_ended(kitchen: Kitchen, job: int) -> None:
    one, two = kitchen.task(job_id=job), kitchen.task(job_id=job)
    last = kitchen.task(job_id=job, upstreams=after(one, two))
    leased = kitchen.lease(9)
    assert len(leased) == 2
    assert not kitchen.database.read_now(leases.any_waiting, kitchen.node)
    kitchen.end(leased[0].token)
    assert kitchen.lease(9) == []
    kitchen.end(leased[1].token)
    assert [lease.task for lease in kitchen.lease(9)] == [last.uuid]
    assert standings(kitchen, last) == [("dependencyConditionsFulfilled", "success")] * 2
    kitchen.database.read_now(audit)


def test_any_end_will_do_where_none_is_named(kitchen: Kitchen, job: int) -> None:
    failing = kitchen.task(job_id=job)
    last = kitchen.task(job_id=job, upstreams=after(failing))
    fail(kitchen)
    assert [lease.task for lease in kitchen.lease(1)] == [last.uuid]


def test_one_end_that_is_not_asked_for_cancels_at_once_even_if_others_go_on(
    kitchen: Kitchen, job: int
) -> None:
    failing, other = kitchen.task(job_id=job), kitchen.task(job_id=job)
    last = kitchen.task(job_id=job, upstreams=after(failing, other, ends=SUCCESS))
    fail(kitchen)
    assert states(kitchen, failing, other, last) == ["Failure", "Submitted", "Cancelled"]
    assert standings(kitchen, last) == [
        ("dependencyConditionsNotFulfilled", "failure"),
        ("waiting", None),
    ]
    assert failing.uuid in (kitchen.again(last.uuid).failure or "")
    run(kitchen)
    assert standings(kitchen, last)[1] == ("dependencyConditionsFulfilled", "success")
    kitchen.database.read_now(audit)


@pytest.mark.parametrize(("ends", "state"), [(("failure", "cancelled"), "Submitted"), (SUCCESS, "Cancelled")])
def test_an_upstream_that_has_ended_already_decides_at_once(
    kitchen: Kitchen, job: int, ends: tuple[str, ...], state: str
) -> None:
    failing = kitchen.task(job_id=job)
    fail(kitchen)
    last = kitchen.task(job_id=job, upstreams=after(failing, ends=ends))
    assert states(kitchen, last) == [state]
    assert len(kitchen.lease(1)) == (state == "Submitted")
    kitchen.database.read_now(audit)


def test_a_deleted_upstream_counts_as_it_ended(kitchen: Kitchen, job: int) -> None:
    ended, early = kitchen.task(job_id=job), kitchen.task(job_id=job)
    run(kitchen)
    glad = kitchen.task(job_id=job, upstreams=after(ended, ends=SUCCESS))
    sad = kitchen.task(job_id=job, upstreams=after(early, ends=SUCCESS))
    other = kitchen.task(job_id=job, upstreams=after(early, ends=("cancelled",)))
    kitchen.record(DeleteAsked(ended.id), DeleteAsked(early.id))
    assert states(kitchen, glad, sad, other) == ["Submitted", "Cancelled", "Submitted"]
    while kitchen.database.write_now(purge.purge):
        pass
    assert standings(kitchen, other) == [("dependencyConditionsFulfilled", "cancelled")]
    assert {lease.task for lease in kitchen.lease(9)} == {glad.uuid, other.uuid}
    kitchen.database.read_now(audit)


def test_what_its_owner_cancelled_stays_as_it_is_when_its_upstream_ends(kitchen: Kitchen, job: int) -> None:
    failing = kitchen.task(job_id=job)
    last = kitchen.task(job_id=job, upstreams=after(failing, ends=SUCCESS))
    kitchen.record(AbortAsked(last.id))
    before = kitchen.again(last.uuid)
    fail(kitchen)
    assert kitchen.again(last.uuid) == before
    kitchen.database.read_now(audit)


def test_what_ends_in_one_batch_is_settled_in_its_order(kitchen: Kitchen, job: int) -> None:
    first = kitchen.task(job_id=job)
    second = kitchen.task(job_id=job, upstreams=after(first, ends=SUCCESS))
    third = kitchen.task(job_id=job, upstreams=after(second, ends=("cancelled",)))
    [lease] = kitchen.lease(1)
    kitchen.record(Ended(lease.token, kitchen.now, failure=kitchen.failure), AbortAsked(second.id))
    assert states(kitchen, first, second, third) == ["Failure", "Cancelled", "Submitted"]
    assert len(kitchen.lease(9)) == 1
    kitchen.database.read_now(audit)


@pytest.mark.parametrize("named", ["other job", "no job", "nowhere", "itself", "another account"])
def test_only_earlier_tasks_of_the_same_job_can_be_waited_for(kitchen: Kitchen, job: int, named: str) -> None:
    tasks = {
        "other job": lambda: kitchen.task(job_id=kitchen.job(use_dependencies=True).id).uuid,
        "no job": lambda: kitchen.task().uuid,
        "nowhere": lambda: "3f0c7c1e-5a0f-4d0e-9b7a-2f1f3b9f8a01",
        "itself": lambda: "me",
        "another account": lambda: kitchen.task(kitchen.other).uuid,
    }
    upstream = Upstream(tasks[named]())
    with pytest.raises(Invalid, match="dependencies: there is no task"):
        kitchen.task(job_id=job, shortname="me", upstreams=(upstream,))
    assert kitchen.database.read_now(leases.any_waiting, kitchen.node) == (
        named in {"other job", "no job", "another account"}
    )


def test_an_upstream_may_be_named_by_its_shortname(kitchen: Kitchen, job: int) -> None:
    first = kitchen.task(job_id=job, shortname="First")
    last = kitchen.task(job_id=job, upstreams=(Upstream("First"),))
    [found] = kitchen.database.read_now(dependencies.of_tasks, [last.id])[last.id]
    assert found.uuid == first.uuid
    with pytest.raises(Invalid, match="a second time"):
        kitchen.task(job_id=job, upstreams=(Upstream("First"), Upstream(first.uuid.upper())))


def test_time_in_the_queue_begins_when_a_task_waits_for_no_other(kitchen: Kitchen, job: int) -> None:
    first = kitchen.task(job_id=job)
    limit = {"queue_by": kitchen.now + 10_000_000, "max_time_queue_seconds": 10}
    last = kitchen.task(job_id=job, upstreams=after(first), **limit)
    kitchen.now += 60_000_000
    run(kitchen)
    assert kitchen.database.read_now(timers.next_moment) == kitchen.now + 10_000_000
    kitchen.now += 10_000_000
    follower = kitchen.task(job_id=job, upstreams=after(last, ends=SUCCESS))
    kitchen.database.write_now(timers.carry_out, kitchen.now)
    assert states(kitchen, last, follower) == ["Failure", "Cancelled"]
    kitchen.database.read_now(audit)


def chain(kitchen: Kitchen, job: int, length: int) -> list[Submitted]:
    links = [kitchen.submission(job_id=job)]
    for _ in range(length - 1):
        links.append(kitchen.submission(job_id=job, upstreams=after(links[-1], ends=SUCCESS)))
    kitchen.record(*links)
    return links


def fan_of(kitchen: Kitchen, job: int, root: Task, width: int) -> list[Submitted]:
    fan = [kitchen.submission(job_id=job, upstreams=after(root, ends=SUCCESS)) for _ in range(width)]
    kitchen.record(*fan)
    return fan


def test_a_chain_of_1000_is_cancelled_in_one_pass(kitchen: Kitchen, job: int) -> None:
    links = chain(kitchen, job, 1000)
    [lease] = kitchen.lease(9)
    with statements(kitchen.database) as many:
        kitchen.end(lease.token, exit_code=1, failure=kitchen.failure)
    assert len(many) <= 40
    assert states(kitchen, *links) == ["Failure", *["Cancelled"] * 999]
    assert kitchen.job_now(job).unfinished == 0
    kitchen.database.read_now(audit)


def test_a_fan_of_1000_is_cancelled_in_one_pass_and_its_collector_with_it(kitchen: Kitchen, job: int) -> None:
    root = kitchen.task(job_id=job)
    fan = fan_of(kitchen, job, root, 1000)
    collector = kitchen.task(job_id=job, upstreams=after(*fan, ends=SUCCESS))
    witness = kitchen.task(job_id=job, upstreams=after(*fan))
    [lease] = kitchen.lease(9)
    with statements(kitchen.database) as many:
        kitchen.end(lease.token, exit_code=1, failure=kitchen.failure)
    assert len(many) <= 60
    assert set(states(kitchen, *fan, collector)) == {"Cancelled"}
    assert [lease.task for lease in kitchen.lease(9)] == [witness.uuid]
    kitchen.database.read_now(audit)


def test_a_fan_of_1000_is_freed_in_one_pass(kitchen: Kitchen, job: int) -> None:
    root = kitchen.task(job_id=job)
    fan_of(kitchen, job, root, 1000)
    [lease] = kitchen.lease(9)
    with statements(kitchen.database) as many:
        kitchen.end(lease.token)
    assert len(many) <= 20
    assert kitchen.database.read_now(leases.any_waiting, kitchen.node)


def test_a_step_of_a_chain_costs_what_it_frees_and_not_what_follows(kitchen: Kitchen, job: int) -> None:
    chain(kitchen, job, 50)
    [lease] = kitchen.lease(9)
    with statements(kitchen.database) as many:
        kitchen.end(lease.token)
    assert len(many) <= 14
    assert len(kitchen.lease(9)) == 1


def test_a_task_outside_jobs_pays_nothing_for_them(kitchen: Kitchen) -> None:
    kitchen.task()
    [lease] = kitchen.lease(1)
    with statements(kitchen.database) as some:
        kitchen.end(lease.token)
    assert not [sql for sql in some if "dependencies" in sql or "jobs" in sql]


def test_terminating_a_job_cancels_what_waits_in_it(kitchen: Kitchen, job: int) -> None:
    links = chain(kitchen, job, 300)
    with statements(kitchen.database) as many:
        kitchen.record(JobTerminateAsked(job))
    assert len(many) <= 40
    assert set(states(kitchen, *links)) == {"Cancelled"}
    assert kitchen.job_now(job).state == "Completed"
    kitchen.database.read_now(audit)
