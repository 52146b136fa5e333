import pytest

from stokehold.domain.events import AbortAsked, DeleteAsked, QueueExpired
from stokehold.domain.protocol import Ended, Lost, Phased, Returned
from stokehold.domain.states import Phase
from stokehold.store import tasks, timers
from stokehold.store.database import Database
from tests.store.audit import audit
from tests.store.kitchen import Kitchen

SECOND = 1_000_000


@pytest.fixture
def kitchen(database: Database) -> Kitchen:
    return Kitchen(database)


def limited(kitchen: Kitchen, seconds: int = 10, count: int = 3) -> tasks.Task:
    return kitchen.task(
        instance_count=count, max_time_queue_seconds=seconds, queue_by=kitchen.now + seconds * SECOND
    )


def due(kitchen: Kitchen) -> None:
    while kitchen.database.write_now(timers.carry_out, kitchen.now):
        pass
    kitchen.database.read_now(audit)


def next_moment(kitchen: Kitchen) -> int | None:
    return kitchen.database.read_now(timers.next_moment)


def test_nothing_is_due_where_nothing_has_a_limit(kitchen: Kitchen) -> None:
    kitchen.task()
    assert next_moment(kitchen) is None


def test_a_task_that_has_begun_nothing_fails_when_its_time_is_over(kitchen: Kitchen) -> None:
    task = limited(kitchen)
    assert next_moment(kitchen) == task.created_at + 10 * SECOND
    due(kitchen)
    assert kitchen.again(task.uuid).state == "Submitted"
    kitchen.now = task.created_at + 10 * SECOND
    due(kitchen)
    over = kitchen.again(task.uuid)
    assert (over.state, over.previous_state, over.failed_range) == ("Failure", "Submitted", "0-2")
    assert over.ended_at == kitchen.now
    assert over.failure is not None
    assert "after 10 s" in over.failure
    assert next_moment(kitchen) is None
    assert kitchen.lease(9) == []


def test_a_lease_that_was_not_begun_is_still_the_queue(kitchen: Kitchen) -> None:
    task = limited(kitchen)
    one, two = (lease.token for lease in kitchen.lease(2))
    kitchen.now += 60 * SECOND
    due(kitchen)
    assert kitchen.again(task.uuid).failed_range == "2"
    kitchen.record(Returned(one))
    kitchen.record(Ended(two, kitchen.now, stopped=True))
    kitchen.database.read_now(audit)
    over = kitchen.again(task.uuid)
    assert (over.state, over.failed_range, over.cancelled) == ("Failure", "0-2", 0)


@pytest.mark.parametrize("phase", [Phase.DOWNLOAD, Phase.EXECUTION])
def test_a_task_that_has_begun_something_goes_on(kitchen: Kitchen, phase: Phase) -> None:
    task = limited(kitchen)
    token = kitchen.lease(1)[0].token
    kitchen.record(Phased(token, phase, kitchen.now))
    kitchen.now += 60 * SECOND
    due(kitchen)
    assert (kitchen.again(task.uuid).ready, kitchen.again(task.uuid).failure) == (2, None)
    assert next_moment(kitchen) is None
    kitchen.record(Lost(token))
    due(kitchen)
    assert kitchen.again(task.uuid).ready == 3


def test_a_task_that_was_aborted_or_deleted_does_not_fail_by_its_time(kitchen: Kitchen) -> None:
    aborted, deleted = limited(kitchen), limited(kitchen)
    held = limited(kitchen, count=1)
    kitchen.record(AbortAsked(aborted.id), DeleteAsked(deleted.id))
    token = kitchen.lease(1)[0].token
    kitchen.record(AbortAsked(held.id))
    kitchen.now += 60 * SECOND
    due(kitchen)
    assert kitchen.again(aborted.uuid).state == "Cancelled"
    assert kitchen.again(held.uuid).state == "PendingCancel"
    kitchen.record(Ended(token, kitchen.now, stopped=True))
    assert kitchen.again(held.uuid).state == "Cancelled"


def test_a_task_that_fails_by_its_time_and_is_aborted_meanwhile_still_ends(kitchen: Kitchen) -> None:
    task = limited(kitchen)
    token = kitchen.lease(1)[0].token
    kitchen.record(QueueExpired(task.id), AbortAsked(task.id), QueueExpired(task.id))
    kitchen.record(Ended(token, kitchen.now, stopped=True))
    assert kitchen.again(task.uuid).state == "Cancelled"
    kitchen.database.read_now(audit)


def test_an_ended_task_is_deleted_once_its_time_after_completion_is_over(kitchen: Kitchen) -> None:
    task = kitchen.task(completion_ttl_us=10 * SECOND)
    kept = kitchen.task()
    for lease in kitchen.lease(2):
        kitchen.end(lease.token)
    assert next_moment(kitchen) == kitchen.now + 10 * SECOND
    kitchen.now += 10 * SECOND - 1
    due(kitchen)
    assert kitchen.again(task.uuid).state == "Success"
    kitchen.now += 1
    due(kitchen)
    gone = kitchen.again(task.uuid)
    assert gone.state == "PendingDelete"
    assert gone.ended_at == kitchen.now - 10 * SECOND
    assert next_moment(kitchen) is None
    assert kitchen.again(kept.uuid).state == "Success"


def test_a_task_that_goes_on_is_not_forgotten(kitchen: Kitchen) -> None:
    kitchen.task(completion_ttl_us=SECOND)
    kitchen.now += 60 * SECOND
    due(kitchen)
    assert next_moment(kitchen) is None


def test_many_that_are_due_are_taken_piece_by_piece(
    kitchen: Kitchen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timers, "PIECE", 2)
    made = [limited(kitchen) for _ in range(5)]
    kitchen.now += 60 * SECOND
    due(kitchen)
    assert [kitchen.again(task.uuid).state for task in made] == ["Failure"] * 5
