"""Jobs: what a user submits (api.md 3.7), their states as a table, and what becomes of one when something happens."""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct, field

from stokehold.domain import rules
from stokehold.domain.errors import Forbidden, Invalid
from stokehold.domain.events import JobDeleteAsked, JobEvent, JobTerminateAsked
from stokehold.domain.moments import timespan
from stokehold.domain.task import NAME_MAX, SHORTNAME_MAX, TAG_MAX, TAGS_MAX, Part

DAY_US = 86_400_000_000
LONGEST_US = 36_500 * DAY_US


class JobState(StrEnum):
    """Spelled as the clients know them."""

    ACTIVE = "Active"  #: it takes tasks
    TERMINATING = "Terminating"  #: its tasks are being cancelled
    COMPLETED = "Completed"  #: nothing of it goes on, and it takes no more
    DELETING = "Deleting"  #: it is being forgotten, with its tasks


#: The states that may come after each.
NEXT: dict[JobState, frozenset[JobState]] = {
    JobState.ACTIVE: frozenset({JobState.TERMINATING, JobState.DELETING}),
    JobState.TERMINATING: frozenset({JobState.COMPLETED, JobState.DELETING}),
    JobState.COMPLETED: frozenset({JobState.DELETING}),
    JobState.DELETING: frozenset(),
}


class JobSpec(Part, kw_only=True):
    """A submission. Durations are texts as clients write them; empty or zero: none."""

    name: Annotated[str, Meta(min_length=1, max_length=NAME_MAX)]
    shortname: Annotated[str, Meta(max_length=SHORTNAME_MAX)] | None = None
    pool_uuid: str | None = None
    use_dependencies: bool = False
    tags: Annotated[list[Annotated[str, Meta(max_length=TAG_MAX)]], Meta(max_length=TAGS_MAX)] = field(
        default_factory=list
    )
    max_wall_time: str | None = None
    auto_delete_on_completion: bool = False
    completion_time_to_live: str | None = None

    @property
    def max_wall_us(self) -> int:
        """How long it may go on, in microseconds; 0: as long as it likes."""
        return _span(self.max_wall_time, "maxWallTime")

    @property
    def completion_ttl_us(self) -> int:
        """How long it is kept once it is completed, in microseconds; 0: until it is deleted."""
        return _span(self.completion_time_to_live, "completionTimeToLive")


def validate(spec: JobSpec) -> None:
    """Raise Invalid, naming the field and the rule, unless every rule is kept."""
    rules.check_names(spec.name, spec.shortname)
    rules.check_tags(spec.tags)
    for name, span in (
        ("maxWallTime", spec.max_wall_us),
        ("completionTimeToLive", spec.completion_ttl_us),
    ):
        if span < 0:
            raise Invalid(name, "must not be negative")
        if span > LONGEST_US:
            raise Invalid(name, f"must not be longer than {LONGEST_US // DAY_US} days")


def _span(text: str | None, name: str) -> int:
    return timespan(text, name) if text else 0


class Course(Struct, frozen=True):
    """How a job goes on: the states it passes through, at once, and what its tasks are asked."""

    states: tuple[JobState, ...] = ()
    cancels: bool = False
    deletes: bool = False


UNCHANGED = Course()


def react(state: JobState, unfinished: int, event: JobEvent) -> Course:
    """What is asked of a job. `unfinished` is the number of its tasks that have not ended.

    Asking twice changes nothing. Raises Forbidden when it is too late, or too early.
    """
    match event:
        case JobTerminateAsked():
            if state in {JobState.COMPLETED, JobState.DELETING}:
                raise Forbidden(f"Invalid operation on a job that is not active: it is {state} already.")
            return Course((JobState.TERMINATING,), cancels=True) if state is JobState.ACTIVE else UNCHANGED
        case JobDeleteAsked():
            if unfinished and not event.force:
                raise Forbidden(
                    f"The job still has {unfinished} unfinished task{'s' * (unfinished > 1)}: "
                    "terminate it first, or delete it with force=true."
                )
            return Course((JobState.DELETING,), deletes=True) if state is not JobState.DELETING else UNCHANGED


def settled(state: JobState, unfinished: int) -> JobState | None:
    """Where a job goes by itself: a terminating one is completed when its last task has ended."""
    return JobState.COMPLETED if state is JobState.TERMINATING and not unfinished else None
