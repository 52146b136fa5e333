import pytest

from stokehold.domain.errors import Forbidden, Invalid
from stokehold.domain.events import JobDeleteAsked, JobTerminateAsked
from stokehold.domain.job import NEXT, UNCHANGED, JobSpec, JobState, react, settled, validate

TERMINATE, DELETE, FORCE = JobTerminateAsked(1), JobDeleteAsked(1), JobDeleteAsked(1, force=True)


@pytest.mark.parametrize("state", JobState)
@pytest.mark.parametrize("unfinished", [0, 2])
@pytest.mark.parametrize("event", [TERMINATE, DELETE, FORCE])
def test_every_move_is_in_the_table(
    state: JobState, unfinished: int, event: JobTerminateAsked | JobDeleteAsked
) -> None:
    try:
        course = react(state, unfinished, event)
    except Forbidden:
        return
    for after in course.states:
        assert after in NEXT[state]
        state = after
    after_all = settled(state, unfinished)
    assert after_all is None or after_all in NEXT[state]


def test_a_terminated_job_cancels_what_goes_on_and_is_completed_after_it() -> None:
    course = react(JobState.ACTIVE, 2, TERMINATE)
    assert (course.states, course.cancels) == ((JobState.TERMINATING,), True)
    assert settled(JobState.TERMINATING, 2) is None
    assert settled(JobState.TERMINATING, 0) is JobState.COMPLETED
    assert settled(JobState.ACTIVE, 0) is None


def test_asking_twice_changes_nothing() -> None:
    assert react(JobState.TERMINATING, 2, TERMINATE) == UNCHANGED
    assert react(JobState.DELETING, 0, DELETE) == UNCHANGED


@pytest.mark.parametrize("state", [JobState.COMPLETED, JobState.DELETING])
def test_what_is_over_cannot_be_terminated(state: JobState) -> None:
    with pytest.raises(Forbidden, match=f"it is {state}"):
        react(state, 0, TERMINATE)


@pytest.mark.parametrize("state", [JobState.ACTIVE, JobState.TERMINATING])
def test_what_goes_on_is_deleted_with_force_alone(state: JobState) -> None:
    with pytest.raises(Forbidden, match=r"2 unfinished tasks: .*force=true"):
        react(state, 2, DELETE)
    assert react(state, 2, FORCE).deletes
    assert react(state, 0, DELETE).states == (JobState.DELETING,)


@pytest.mark.parametrize(
    ("field", "fields"),
    [
        ("name", {"name": ""}),
        ("shortname", {"name": "n", "shortname": "-a"}),
        ("tags", {"name": "n", "tags": ["t"] * 11}),
        ("maxWallTime", {"name": "n", "max_wall_time": "soon"}),
        ("maxWallTime", {"name": "n", "max_wall_time": "-00:00:01"}),
        ("maxWallTime", {"name": "n", "max_wall_time": "99999999.00:00:00"}),
        ("completionTimeToLive", {"name": "n", "completion_time_to_live": "-1.00:00:00"}),
    ],
)
def test_a_submission_that_breaks_a_rule_is_refused_by_the_name_of_the_field(
    field: str, fields: dict[str, object]
) -> None:
    with pytest.raises(Invalid, match=f"^{field}"):
        validate(JobSpec(**fields))  # type: ignore[arg-type]


def test_zero_and_nothing_mean_no_limit() -> None:
    spec = JobSpec(name="n", max_wall_time="00:00:00")
    validate(spec)
    assert (spec.max_wall_us, spec.completion_ttl_us) == (0, 0)
    assert JobSpec(name="n", max_wall_time="0.10:00:00").max_wall_us == 36_000_000_000
