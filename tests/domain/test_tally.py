from typing import Any

from stokehold.domain.errors import Failure, Faults
from stokehold.domain.protocol import Ended
from stokehold.domain.ranges import Ranges
from stokehold.domain.react import Attempt, Move
from stokehold.domain.states import Counts, Phase, TaskState
from stokehold.domain.tally import Tally


def tally(**counts: int) -> Tally:
    return Tally.of(Counts(**counts), cancel_asked=False, delete_asked=False)


def attempt(phase: Phase, instance_id: int = 4, **fields: Any) -> Attempt:
    known: dict[str, Any] = {"id": 1, "task_id": 1, "number": 1, "failures": 0, "losses": 0, "token": "1.x"}
    return Attempt(instance_id=instance_id, node_id=1, phase=phase, stopping=False, **{**known, **fields})


def counts(of: Tally) -> dict[str, int]:
    return {name: count for name, count in of.counts.items() if count}


def test_granted_instances_no_longer_wait() -> None:
    account = tally(ready=5)
    account.granted([0, 1])
    assert counts(account) == {"ready": 3, "dispatched": 2}
    assert account.state is TaskState.PARTIALLY_DISPATCHED


def test_a_move_takes_from_one_counter_and_adds_to_another() -> None:
    account = tally(dispatched=2)
    account.moved(attempt(Phase.DOWNLOAD), Move(Phase.ENVIRONMENT))
    assert counts(account) == {"dispatched": 2}
    account.moved(attempt(Phase.ENVIRONMENT), Move(Phase.EXECUTION))
    assert counts(account) == {"dispatched": 1, "executing": 1}
    assert account.ids == {"started": [4]}


def test_ends_are_noted_by_their_instance() -> None:
    account = tally(executing=3)
    for number, end in enumerate([Phase.SUCCEEDED, Phase.FAILED, Phase.CANCELLED]):
        account.moved(attempt(Phase.EXECUTION, number), Move(end))
    assert account.ids == {"succeeded": [0], "failed": [1], "cancelled": [2]}
    assert account.state is TaskState.CANCELLED


def test_an_instance_that_comes_back_waits_and_is_known_to_have_been_tried() -> None:
    account = tally(executing=1)
    failure = Failure.of(Faults.EXIT_CODE, code=1)
    account.moved(attempt(Phase.EXECUTION), Move(Phase.READY, failure, spends_retry=True))
    assert counts(account) == {"ready": 1}
    assert account.ids == {"ready": [4], "requeued": [4]}
    assert account.sums["retries_spent"] == 1


def test_an_erased_first_attempt_leaves_no_trace_but_a_later_one_does() -> None:
    account = tally(dispatched=2)
    account.moved(attempt(Phase.LEASED, 1), Move(Phase.READY, erased=True))
    account.moved(attempt(Phase.LEASED, 2, number=2), Move(Phase.READY, erased=True))
    assert account.ids == {"ready": [1, 2], "requeued": [2]}


def test_what_attempts_took_is_added_up() -> None:
    account = tally(executing=2)
    for _ in range(2):
        ended = Ended(
            "1.x", 9, 0, download_us=1, environment_us=2, execution_us=3, upload_us=4, results=["a"]
        )
        account.measured(attempt(Phase.EXECUTION), ended)
    assert {n: account.sums[n] for n in ("download_us", "environment_us", "execution_us", "upload_us")} == {
        "download_us": 2, "environment_us": 4, "execution_us": 6, "upload_us": 8,
    }  # fmt: skip
    assert account.sums["results_count"] == 2


def test_an_attempt_that_never_ran_has_not_started() -> None:
    account = tally(dispatched=1)
    account.measured(attempt(Phase.DOWNLOAD), Ended("1.x", 9, download_us=5))
    assert account.ids == {}


def test_cancelling_what_waits_leaves_what_runs() -> None:
    account = tally(ready=4, executing=1)
    account.cancel_asked = True
    account.cancelled(Ranges.first(4))
    assert counts(account) == {"executing": 1, "cancelled": 4}
    assert account.state is TaskState.PENDING_CANCEL


def test_its_cost_does_not_grow_with_the_task() -> None:
    account = tally(ready=1_000_000_000)
    account.granted([0])
    account.moved(attempt(Phase.LEASED, 0), Move(Phase.SUCCEEDED))
    assert account.ids == {"succeeded": [0]}
    assert counts(account) == {"ready": 999_999_999, "succeeded": 1}
