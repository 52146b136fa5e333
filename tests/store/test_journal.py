from typing import Any

import pytest
from sqlalchemy import select

from stokehold.domain.errors import Failure, Faults, Forbidden, Invalid, NotFound
from stokehold.domain.events import AbortAsked, DeleteAsked, NodeLost
from stokehold.domain.protocol import Ended, Lost, Phased, Returned
from stokehold.domain.ranges import Ranges
from stokehold.domain.react import MOST_LOSSES
from stokehold.domain.states import Phase
from stokehold.domain.task import RetrySettings
from stokehold.store import journal
from stokehold.store.database import Database
from stokehold.store.schema import attempts as attempts_table
from stokehold.store.schema import journal as lines_table
from tests.store.audit import audit
from tests.store.kitchen import Kitchen
from tests.store.statements import statements

PROGRAM = Failure.of(Faults.EXIT_CODE, code=1)
LOSS = Failure.of(Faults.UPLOAD_FAILED, reason="r")


@pytest.fixture
def kitchen(database: Database) -> Kitchen:
    return Kitchen(database)


def lines(kitchen: Kitchen, task_id: int) -> list[tuple[int | None, int | None, str]]:
    """(instance id, attempt number, event) of each line of the journal about a task."""
    table = lines_table.c
    query = select(table.instance_id, table.attempt, table.event).where(table.task_id == task_id)
    rows = kitchen.database.read_now(lambda conn: conn.execute(query.order_by(table.seq)).all())
    return [(row[0], row[1], row[2]) for row in rows]


def attempts(kitchen: Kitchen) -> list[Any]:
    query = select(attempts_table).order_by(attempts_table.c.instance_id, attempts_table.c.number)
    return list(kitchen.database.read_now(lambda conn: conn.execute(query).all()))


def audited(kitchen: Kitchen) -> None:
    kitchen.database.read_now(audit)


def test_submitting_a_million_instances_takes_what_one_takes(kitchen: Kitchen) -> None:
    with statements(kitchen.database) as one:
        kitchen.task(instance_count=1)
    with statements(kitchen.database) as million:
        task = kitchen.task(instance_count=1_000_000)
    assert million == one
    assert len([s for s in million if s.startswith("INSERT")]) == 2
    assert (task.ready, task.ready_range) == (1_000_000, "0-999999")


def test_instances_may_have_any_ids(kitchen: Kitchen) -> None:
    task = kitchen.task(instance_count=None, advanced_ranges="7,3-4")
    assert (task.total, task.ready_range) == (3, "3-4,7")
    assert [lease.instance_id for lease in kitchen.lease(9)] == [3, 4, 7]
    audited(kitchen)


def test_a_life_is_written_line_by_line(kitchen: Kitchen) -> None:
    task = kitchen.task()
    token = kitchen.lease(1)[0].token
    for phase in (Phase.DOWNLOAD, Phase.EXECUTION, Phase.UPLOAD):
        kitchen.record(Phased(token, phase, kitchen.now))
    kitchen.end(token)
    events = ["leased", "download", "execution", "upload", "succeeded"]
    assert lines(kitchen, task.id) == [(None, None, "submitted"), *((0, 1, event) for event in events)]


def test_a_batch_of_reports_takes_as_many_statements_as_one_report(kitchen: Kitchen) -> None:
    kitchen.task(instance_count=200)
    tokens = [lease.token for lease in kitchen.lease(200)]
    with statements(kitchen.database) as one:
        kitchen.end(tokens.pop())
    with statements(kitchen.database) as many:
        kitchen.record(*(Ended(token, kitchen.now) for token in tokens))
    assert len(many) == len(one) <= 5
    audited(kitchen)


def test_more_reports_than_a_database_has_parameters_are_one_batch(kitchen: Kitchen) -> None:
    kitchen.task(instance_count=1)
    token = kitchen.lease(1)[0].token
    kitchen.record(*(Lost(f"{n}.x") for n in range(2, 40_000)), Ended(token, kitchen.now))
    assert attempts(kitchen)[0].phase == "succeeded"


def test_the_state_is_kept_with_the_one_before_it(kitchen: Kitchen) -> None:
    made = kitchen.task(instance_count=2)
    assert (made.state, made.previous_state) == ("Submitted", None)
    kitchen.now += 5
    first = kitchen.lease(1)[0].token
    held = kitchen.again(made.uuid)
    assert (held.state, held.previous_state) == ("PartiallyDispatched", "Submitted")
    assert (held.state_at, held.previous_state_at) == (kitchen.now, made.state_at)
    kitchen.now += 5
    kitchen.record(Phased(kitchen.lease(1)[0].token, Phase.EXECUTION, kitchen.now))
    kitchen.now += 5
    kitchen.end(first)
    over = kitchen.again(made.uuid)
    assert (over.state, over.previous_state) == ("FullyExecuting", "PartiallyExecuting")
    assert over.ended_at is None
    assert over.modified_at == kitchen.now


def test_the_end_is_dated_by_the_last_report(kitchen: Kitchen) -> None:
    task = kitchen.task(instance_count=2)
    one, two = (lease.token for lease in kitchen.lease(2))
    kitchen.end(one)
    kitchen.now += 1_000_000
    kitchen.end(two)
    assert kitchen.again(task.uuid).ended_at == kitchen.now


@pytest.mark.parametrize("kind", ["stale", "doubled", "resurrected", "foreign", "nonsense"])
def test_a_report_without_the_current_token_changes_nothing(kitchen: Kitchen, kind: str) -> None:
    task = kitchen.task(instance_count=2, retry_settings=RetrySettings(max_total_retries=5))
    old = kitchen.lease(1)[0].token
    kitchen.record(Lost(old))
    new = next(lease.token for lease in kitchen.lease(2) if lease.instance_id == 0)
    if kind == "doubled":
        kitchen.end(new)
    token = {"stale": old, "doubled": new, "resurrected": old, "foreign": f"{new.partition('.')[0]}.x"}
    told = token.get(kind, "what")
    before, written = kitchen.again(task.uuid), attempts(kitchen)
    history = lines(kitchen, task.id)
    for late in (Phased(told, Phase.UPLOAD, 1), Ended(told, 1, 1, PROGRAM), Lost(told), Returned(told)):
        if kind != "resurrected" or not isinstance(late, Phased):
            kitchen.record(late, late)
    assert (kitchen.again(task.uuid), attempts(kitchen), lines(kitchen, task.id)) == (
        before,
        written,
        history,
    )
    audited(kitchen)


def test_a_returned_lease_leaves_no_attempt(kitchen: Kitchen) -> None:
    task = kitchen.task()
    kitchen.record(Returned(kitchen.lease(1)[0].token))
    assert attempts(kitchen) == []
    assert kitchen.again(task.uuid).state == "Submitted"
    assert kitchen.lease(1)[0].attempt == 1
    audited(kitchen)


def test_a_lease_returned_after_an_earlier_attempt_keeps_the_numbers_right(kitchen: Kitchen) -> None:
    kitchen.task()
    kitchen.record(Lost(kitchen.lease(1)[0].token))
    for _ in range(2):
        lease = kitchen.lease(1)[0]
        assert lease.attempt == 2
        kitchen.record(Returned(lease.token))
        audited(kitchen)
    assert [a.number for a in attempts(kitchen)] == [1]


def test_a_lost_attempt_is_followed_by_the_next_number_and_spends_nothing(kitchen: Kitchen) -> None:
    task = kitchen.task(retry_settings=RetrySettings(max_per_instance_retries=1))
    for number in (1, 2, 3):
        lease = kitchen.lease(1)[0]
        assert lease.attempt == number
        kitchen.record(Lost(lease.token) if number != 2 else Ended(lease.token, kitchen.now, failure=LOSS))
    kitchen.end(kitchen.lease(1)[0].token, exit_code=1, failure=PROGRAM)
    assert kitchen.again(task.uuid).ready == 1
    kitchen.end(kitchen.lease(1)[0].token, exit_code=1, failure=PROGRAM)
    assert kitchen.again(task.uuid).state == "Failure"
    last = attempts(kitchen)[-1]
    assert (last.number, last.failures, last.losses) == (5, 1, 3)
    audited(kitchen)


def test_losses_end_somewhere(kitchen: Kitchen) -> None:
    task = kitchen.task()
    for _ in range(MOST_LOSSES):
        kitchen.record(Lost(kitchen.lease(1)[0].token))
    assert kitchen.again(task.uuid).state == "Failure"
    assert kitchen.lease(1) == []
    audited(kitchen)


@pytest.mark.parametrize(
    ("retry", "runs"),
    [
        (None, [1, 1, 1]),
        (RetrySettings(max_per_instance_retries=2), [3, 3, 3]),
        (RetrySettings(max_total_retries=4), [7]),
        (RetrySettings(max_total_retries=2, max_per_instance_retries=1), [5]),
        (RetrySettings(max_total_retries=99, max_per_instance_retries=1), [2, 2, 2]),
        (RetrySettings(max_total_retries=0, max_per_instance_retries=0), [1, 1, 1]),
    ],
)
@pytest.mark.parametrize("together", [True, False])
def test_failing_programs_are_tried_as_often_as_the_limits_allow(
    kitchen: Kitchen, retry: RetrySettings | None, runs: list[int], together: bool
) -> None:
    task = kitchen.task(instance_count=3, retry_settings=retry)
    while batch := kitchen.lease(3 if together else 1):
        kitchen.record(*(Ended(lease.token, kitchen.now, 1, PROGRAM) for lease in batch))
        audited(kitchen)
    tried = [max(a.number for a in attempts(kitchen) if a.instance_id == n) for n in range(3)]
    assert sum(tried) == sum(runs)
    assert len(runs) == 1 or tried == runs
    assert kitchen.again(task.uuid).failed_range == "0-2"


def test_cancelling_ends_what_waits_and_stops_what_runs(kitchen: Kitchen) -> None:
    task = kitchen.task(instance_count=5)
    leased, running, _ = (lease.token for lease in kitchen.lease(3))
    kitchen.record(Phased(running, Phase.EXECUTION, kitchen.now))
    kitchen.record(AbortAsked(task.id))
    now = kitchen.again(task.uuid)
    assert (now.state, now.cancelled_range, now.ready) == ("PendingCancel", "3-4", 0)
    assert [a.stopping for a in attempts(kitchen)] == [True] * 3
    audited(kitchen)
    kitchen.record(Returned(leased))
    kitchen.record(Ended(running, kitchen.now, 143, PROGRAM, stopped=True))
    kitchen.record(NodeLost(kitchen.node))
    over = kitchen.again(task.uuid)
    assert (over.state, over.cancelled_range, over.active) == ("Cancelled", "0-4", 0)
    audited(kitchen)


def test_a_task_that_only_waits_is_cancelled_at_once_whatever_its_size(kitchen: Kitchen) -> None:
    task = kitchen.task(instance_count=1_000_000)
    with statements(kitchen.database) as sent:
        kitchen.record(AbortAsked(task.id))
    assert len(sent) <= 4
    assert kitchen.again(task.uuid).state == "Cancelled"


def test_cancelling_twice_is_no_error_but_a_finished_task_cannot_be_cancelled(kitchen: Kitchen) -> None:
    task = kitchen.task()
    token = kitchen.lease(1)[0].token
    kitchen.record(AbortAsked(task.id))
    kitchen.record(AbortAsked(task.id))
    kitchen.record(Ended(token, kitchen.now, stopped=True))
    with pytest.raises(Forbidden, match="non-running task"):
        kitchen.record(AbortAsked(task.id))
    audited(kitchen)


def test_deleting_stops_what_runs(kitchen: Kitchen) -> None:
    task = kitchen.task(instance_count=3)
    token = kitchen.lease(1)[0].token
    kitchen.record(DeleteAsked(task.id))
    assert kitchen.again(task.uuid).state == "PendingDelete"
    assert attempts(kitchen)[0].stopping
    kitchen.record(Ended(token, kitchen.now, stopped=True))
    assert kitchen.again(task.uuid).state == "PendingDelete"
    audited(kitchen)
    with pytest.raises(Forbidden):
        kitchen.record(AbortAsked(task.id))


def test_the_shortname_of_a_deleted_task_is_free_at_once(kitchen: Kitchen) -> None:
    first = kitchen.task(shortname="mine")
    with pytest.raises(Invalid, match="mine"):
        kitchen.task(shortname="mine")
    kitchen.lease(1)
    kitchen.record(DeleteAsked(first.id))
    assert kitchen.task(shortname="mine").uuid != first.uuid
    kitchen.task(account_id=kitchen.other, shortname="mine")


def test_a_task_whose_uuid_is_the_shortname_of_another_can_be_deleted(kitchen: Kitchen) -> None:
    first = kitchen.task(shortname="first")
    kitchen.task(shortname=first.uuid)
    kitchen.record(DeleteAsked(first.id))
    audited(kitchen)


def test_an_unknown_task_cannot_be_asked_anything(kitchen: Kitchen) -> None:
    with pytest.raises(NotFound):
        kitchen.record(AbortAsked(77))


def test_a_lost_node_gives_everything_back(kitchen: Kitchen) -> None:
    task = kitchen.task(instance_count=3)
    tokens = [lease.token for lease in kitchen.lease(2)]
    kitchen.record(NodeLost(kitchen.node))
    assert kitchen.again(task.uuid).ready_range == "0-2"
    assert [a.phase for a in attempts(kitchen)] == ["failed", "failed"]
    kitchen.record(*(Ended(token, kitchen.now) for token in tokens))
    assert kitchen.again(task.uuid).ready == 3
    audited(kitchen)


def test_events_of_one_batch_that_concern_one_another_are_taken_in_their_order(kitchen: Kitchen) -> None:
    task = kitchen.task(instance_count=4)
    one, two, _ = (lease.token for lease in kitchen.lease(3))
    kitchen.record(
        Ended(one, kitchen.now), Lost(two), AbortAsked(task.id), NodeLost(kitchen.node),
        NodeLost(kitchen.node), AbortAsked(task.id), DeleteAsked(task.id), Ended(two, kitchen.now),
    )  # fmt: skip
    now = kitchen.again(task.uuid)
    assert (now.succeeded_range, now.cancelled_range, now.active) == ("0", "1-3", 0)
    audited(kitchen)


def test_what_is_lost_in_the_batch_that_cancels_it_does_not_wait_again(kitchen: Kitchen) -> None:
    task = kitchen.task(instance_count=2)
    one, two = (lease.token for lease in kitchen.lease(2))
    kitchen.record(Phased(one, Phase.EXECUTION, 1), AbortAsked(task.id), Lost(one), Returned(two))
    now = kitchen.again(task.uuid)
    assert (now.state, now.cancelled_range) == ("Cancelled", "0-1")
    audited(kitchen)


def test_when_a_command_began_is_known_only_when_it_did(kitchen: Kitchen) -> None:
    kitchen.task(instance_count=3)
    phased, told, never = (lease.token for lease in kitchen.lease(3))
    kitchen.record(Phased(phased, Phase.EXECUTION, 111))
    kitchen.record(
        Ended(phased, 999, 0, execution_us=5),
        Ended(told, 999, 0, execution_us=90, upload_us=9),
        Ended(never, 999, failure=PROGRAM, download_us=5),
    )
    assert [a.started_at for a in attempts(kitchen)] == [111, 900, None]


def test_the_granted_attempts_are_returned_in_order(kitchen: Kitchen) -> None:
    kitchen.task(instance_count=2)
    kitchen.task(instance_count=2)
    assert [(lease.instance_id, lease.attempt) for lease in kitchen.lease(4)] == [(0, 1), (1, 1)] * 2
    assert kitchen.database.write_now(journal.record, [], kitchen.now) == []


def test_secrets_never_reach_the_journal(kitchen: Kitchen) -> None:
    task = kitchen.task(name="n", constants=[{"key": "QARNOT_SECRET__X", "value": "hunter2"}])
    kitchen.end(kitchen.lease(1)[0].token, exit_code=1, failure=PROGRAM)
    rows = kitchen.database.read_now(lambda conn: conn.execute(select(lines_table)).all())
    assert "hunter2" not in str(rows)
    assert Ranges.stored(kitchen.again(task.uuid).failed_range) == Ranges.first(1)
