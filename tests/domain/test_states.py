from hypothesis import given
from hypothesis import strategies as st

from stokehold.domain.states import (
    BEGUN,
    COUNTER,
    ENDS,
    FINAL,
    NEXT,
    Counts,
    Phase,
    TaskState,
    fold,
)

few = st.integers(0, 3)
any_counts = st.builds(Counts, few, few, few, few, few, few, few)
RANK = {phase: rank for rank, phase in enumerate([Phase.LEASED, *sorted(BEGUN, key=list(Phase).index)])}


def test_every_phase_has_a_row_and_a_counter() -> None:
    assert set(NEXT) == set(COUNTER) == set(Phase)
    assert set(COUNTER.values()) == set(Counts.__struct_fields__)


def test_nothing_follows_an_end() -> None:
    assert all(not NEXT[phase] for phase in ENDS)


def test_every_phase_can_be_reached_and_can_end() -> None:
    for phase in set(Phase) - ENDS:
        assert Phase.CANCELLED in NEXT[phase]
    for phase in Phase:
        assert any(phase in after for after in NEXT.values())


def test_phases_may_be_skipped_but_never_come_back() -> None:
    for phase, after in NEXT.items():
        assert phase not in after
        assert all(RANK[later] > RANK[phase] for later in after & RANK.keys() if phase in RANK)


@given(any_counts, st.booleans(), st.booleans())
def test_a_task_is_final_exactly_when_nothing_waits_or_runs(c: Counts, cancel: bool, delete: bool) -> None:
    state = fold(c, cancel_asked=cancel, delete_asked=delete)
    assert (state in FINAL) == (not delete and c.ready + c.active == 0)


@given(any_counts)
def test_a_deleted_task_is_pending_delete_whatever_else_is_true(counts: Counts) -> None:
    assert fold(counts, cancel_asked=True, delete_asked=True) is TaskState.PENDING_DELETE


@given(any_counts)
def test_the_verdict_follows_the_worst_end(counts: Counts) -> None:
    over = Counts(succeeded=counts.succeeded, failed=counts.failed, cancelled=counts.cancelled)
    expected = TaskState.SUCCESS
    if counts.failed:
        expected = TaskState.FAILURE
    if counts.cancelled:
        expected = TaskState.CANCELLED
    assert fold(over) is expected


@given(any_counts)
def test_what_is_asked_to_stop_and_has_not_is_pending_cancel(counts: Counts) -> None:
    state = fold(counts, cancel_asked=True)
    assert state in FINAL or state is TaskState.PENDING_CANCEL


@given(any_counts)
def test_the_state_of_a_living_task_says_what_its_instances_do(c: Counts) -> None:
    match fold(c):
        case TaskState.SUBMITTED:
            assert c.ready
            assert not c.active + c.ended
        case TaskState.PARTIALLY_DISPATCHED:
            assert c.ready
            assert c.dispatched
            assert not c.executing + c.uploading + c.ended
        case TaskState.FULLY_DISPATCHED:
            assert c.dispatched
            assert not c.ready + c.executing + c.uploading + c.ended
        case TaskState.PARTIALLY_EXECUTING:
            assert c.ready + c.dispatched
            assert c.executing + c.uploading + c.ended
        case TaskState.FULLY_EXECUTING:
            assert c.executing
            assert not c.ready + c.dispatched
        case TaskState.UPLOADING_RESULTS:
            assert c.uploading
            assert not c.ready + c.dispatched + c.executing
        case state:
            assert state in FINAL


def test_the_eleven_states_are_spelled_as_clients_know_them() -> None:
    assert {str(state) for state in TaskState} == {
        "Submitted", "PartiallyDispatched", "FullyDispatched", "PartiallyExecuting", "FullyExecuting",
        "UploadingResults", "Success", "Failure", "Cancelled", "PendingCancel", "PendingDelete",
    }  # fmt: skip
