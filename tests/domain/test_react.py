from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stokehold.domain.errors import Failure, Faults
from stokehold.domain.events import AttemptEvent
from stokehold.domain.protocol import Ended, Lost, Phased, Returned
from stokehold.domain.react import MOST_LOSSES, Attempt, Move, Retries, react
from stokehold.domain.states import BEGUN, ENDS, NEXT, Phase

PROGRAM = Failure.of(Faults.EXIT_CODE, code=1)
RESOURCE = Failure.of(Faults.OUT_OF_MEMORY, limit_mb=1)
INFRASTRUCTURE = Failure.of(Faults.DOWNLOAD_FAILED, reason="r")
NONE, PLENTY = Retries(), Retries(per_instance=1000, total=1000)

T = "1.secret"
limits = st.none() | st.integers(1, 5)
failures = st.sampled_from([None, PROGRAM, RESOURCE, INFRASTRUCTURE, Failure("X9", "unknown")])
events = st.one_of(
    st.builds(Phased, st.just(T), st.sampled_from(Phase), st.just(1)),
    st.builds(Ended, st.just(T), st.just(1), failure=failures, stopped=st.booleans()),
    st.just(Returned(T)),
    st.just(Lost(T)),
)
attempts = st.builds(
    Attempt,
    id=st.just(1),
    task_id=st.just(1),
    instance_id=st.integers(0, 3),
    number=st.integers(1, 30),
    failures=st.integers(0, 6),
    losses=st.integers(0, MOST_LOSSES - 1),
    token=st.just(T),
    node_id=st.just(1),
    phase=st.sampled_from(Phase),
    stopping=st.booleans(),
    preempted=st.booleans(),
)
retries = st.builds(Retries, limits, limits, st.integers(0, 6))


def attempt(phase: Phase = Phase.EXECUTION, **fields: Any) -> Attempt:
    known = {"id": 1, "task_id": 1, "instance_id": 0, "number": 1, "failures": 0, "losses": 0, "token": T}
    return Attempt(**{**known, "node_id": 1, "phase": phase, "stopping": False, **fields})


@given(attempts, events, retries)
def test_no_event_makes_an_illegal_move(held: Attempt, event: AttemptEvent, allowed: Retries) -> None:
    move = react(held, event, allowed)
    assert move is None or move.to in NEXT[held.phase]


@given(attempts, events, retries)
def test_what_is_stopped_because_its_task_fails_fails_with_it(
    held: Attempt, event: AttemptEvent, allowed: Retries
) -> None:
    if held.phase is Phase.READY:  # nobody holds it
        return
    doom = Failure.of(Faults.QUEUE_TIMEOUT, seconds=1)
    usual, doomed = react(held, event, allowed), react(held, event, allowed, doom)
    if usual is None or usual.to is not Phase.CANCELLED:
        assert doomed == usual
    else:
        assert doomed == Move(Phase.FAILED, doom, erased=usual.erased)


@given(attempts, st.sampled_from(sorted(ENDS)), events, retries)
def test_an_attempt_that_has_ended_is_not_changed_by_anything(
    held: Attempt, end: Phase, event: AttemptEvent, allowed: Retries
) -> None:
    held.phase = end
    assert react(held, event, allowed) is None


@given(attempts, events, retries)
def test_a_doubled_report_changes_nothing(held: Attempt, event: AttemptEvent, allowed: Retries) -> None:
    move = react(held, event, allowed)
    if move is None or move.to is Phase.READY:  # after READY there is no attempt to report on
        return
    held.phase = move.to
    assert react(held, event, allowed) is None


@given(attempts, events, retries)
def test_a_decision_depends_on_its_arguments_alone_and_changes_none(
    held: Attempt, event: AttemptEvent, allowed: Retries
) -> None:
    before = repr((held, event, allowed))
    assert react(held, event, allowed) == react(held, event, allowed)
    assert repr((held, event, allowed)) == before


@given(attempts, events, retries)
def test_a_retry_is_spent_only_within_both_limits(
    held: Attempt, event: AttemptEvent, allowed: Retries
) -> None:
    move = react(held, event, allowed)
    if move is None or not move.spends_retry:
        return
    assert move.to is Phase.READY
    assert allowed.per_instance is not None or allowed.total is not None
    assert allowed.per_instance is None or held.failures < allowed.per_instance
    assert allowed.total is None or allowed.spent < allowed.total


@given(attempts, events, retries)
def test_only_the_programs_failures_spend_retries(
    held: Attempt, event: AttemptEvent, allowed: Retries
) -> None:
    move = react(held, event, allowed)
    if move is not None and move.spends_retry:
        assert isinstance(event, Ended)
        assert event.failure is not None
        assert event.failure.code in {PROGRAM.code, "X9"}


@given(attempts, events, retries)
def test_what_is_stopping_is_never_tried_again(held: Attempt, event: AttemptEvent, allowed: Retries) -> None:
    held.stopping = True
    move = react(held, event, allowed)
    assert move is None or (move.to is not Phase.READY and not move.spends_retry)


@given(st.sampled_from(sorted({Phase.LEASED} | BEGUN)), st.sampled_from(sorted(BEGUN)))
def test_phases_are_reported_forwards_only(was: Phase, told: Phase) -> None:
    move = react(attempt(was), Phased(T, told, 1), NONE)
    assert (move == Move(told)) if told in NEXT[was] else (move is None)


@pytest.mark.parametrize("told", sorted(set(Phase) - BEGUN))
def test_a_phase_report_neither_ends_an_attempt_nor_gives_it_back(told: Phase) -> None:
    assert react(attempt(), Phased(T, told, 1), PLENTY) is None


def test_a_command_that_succeeded_before_it_was_stopped_has_succeeded() -> None:
    assert react(attempt(stopping=True), Ended(T, 1, exit_code=0), NONE) == Move(Phase.SUCCEEDED)


def test_a_stopped_command_is_cancelled() -> None:
    ended = Ended(T, 1, exit_code=143, failure=PROGRAM, stopped=True)
    assert react(attempt(stopping=True), ended, PLENTY) == Move(Phase.CANCELLED)


def test_a_command_stopped_without_its_owner_asking_runs_again() -> None:
    assert react(attempt(), Ended(T, 1, stopped=True), NONE) == Move(Phase.READY)


def test_a_failure_is_final_when_no_limit_is_set() -> None:
    assert react(attempt(), Ended(T, 1, 1, PROGRAM), NONE) == Move(Phase.FAILED, PROGRAM)


def test_a_resource_failure_is_not_tried_again() -> None:
    assert react(attempt(), Ended(T, 1, failure=RESOURCE), PLENTY) == Move(Phase.FAILED, RESOURCE)


@pytest.mark.parametrize(
    ("limit", "failed_before", "spent", "again"),
    [
        (Retries(per_instance=2), 0, 99, True),
        (Retries(per_instance=2), 1, 99, True),
        (Retries(per_instance=2), 2, 0, False),
        (Retries(total=3), 99, 2, True),
        (Retries(total=3), 0, 3, False),
        (Retries(per_instance=5, total=3), 4, 2, True),
        (Retries(per_instance=5, total=3), 4, 3, False),
        (Retries(per_instance=5, total=9), 5, 0, False),
    ],
)
def test_the_stricter_of_two_limits_wins(limit: Retries, failed_before: int, spent: int, again: bool) -> None:
    allowed = Retries(limit.per_instance, limit.total, spent)
    move = react(attempt(failures=failed_before), Ended(T, 1, 1, PROGRAM), allowed)
    assert move == (Move(Phase.READY, PROGRAM, spends_retry=True) if again else Move(Phase.FAILED, PROGRAM))


@pytest.mark.parametrize("event", [Lost(T), Ended(T, 1, failure=INFRASTRUCTURE), Ended(T, 1, stopped=True)])
def test_losses_are_retried_without_spending_until_their_own_limit(event: AttemptEvent) -> None:
    for losses in range(MOST_LOSSES - 1):
        move = react(attempt(losses=losses, failures=9), event, NONE)
        assert move is not None
        assert (move.to, move.spends_retry) == (Phase.READY, False)
    last = react(attempt(losses=MOST_LOSSES - 1), event, PLENTY)
    assert last is not None
    assert last.to is Phase.FAILED
    assert last.failure is not None


def test_a_lease_given_back_before_it_began_does_not_count() -> None:
    assert react(attempt(Phase.LEASED), Returned(T), NONE) == Move(Phase.READY, erased=True)
    stopping = attempt(Phase.LEASED, stopping=True)
    assert react(stopping, Returned(T), NONE) == Move(Phase.CANCELLED, erased=True)


@pytest.mark.parametrize("phase", sorted(BEGUN))
def test_a_lease_given_back_after_it_began_is_a_loss(phase: Phase) -> None:
    assert react(attempt(phase), Returned(T), NONE) == Move(Phase.READY)


@pytest.mark.parametrize("failure", [None, PROGRAM, RESOURCE, INFRASTRUCTURE])
def test_an_attempt_that_made_room_is_nobodys_failure(failure: Failure | None) -> None:
    held = attempt(preempted=True, losses=MOST_LOSSES - 1)
    stopped = Ended(T, 1, failure=failure, stopped=True, execution_us=5)
    assert react(held, stopped, NONE) == Move(Phase.READY)
    stopped.execution_us = 0
    assert react(held, stopped, NONE) == Move(Phase.READY, erased=True), "its program had not begun"
    assert react(held, Lost(T), NONE) == Move(Phase.READY)


def test_one_that_was_to_make_room_and_ended_by_itself_has_ended() -> None:
    held = attempt(preempted=True)
    assert react(held, Ended(T, 1, exit_code=0), NONE) == Move(Phase.SUCCEEDED)
    assert react(held, Ended(T, 1, exit_code=1, failure=PROGRAM), NONE) == Move(Phase.FAILED, PROGRAM)
    assert react(attempt(preempted=True, stopping=True), Ended(T, 1, stopped=True), NONE) == Move(
        Phase.CANCELLED
    )
