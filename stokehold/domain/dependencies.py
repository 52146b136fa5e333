"""Dependencies: which tasks a submission waits for (api.md 3.4, semantics.md 9), and what their ends decide."""

from collections.abc import Iterable, Iterator
from enum import StrEnum

from stokehold.domain.errors import Invalid
from stokehold.domain.events import Upstream
from stokehold.domain.states import FINAL, Counts, TaskState, fold
from stokehold.domain.task import AdvancedDependency, Dependencies

UPSTREAMS_MAX = 10_000

SIMPLE, ADVANCED = "dependencies.dependsOn", "dependencies.advancedDependsOn"

#: The words of conditions, in lower case as clients know them, and the final states that they name.
ENDS: dict[str, TaskState] = {
    "success": TaskState.SUCCESS,
    "failure": TaskState.FAILURE,
    "cancelled": TaskState.CANCELLED,
}
assert set(ENDS.values()) == FINAL


class Standing(StrEnum):
    """How a dependency stands."""

    WAITING = "waiting"
    MET = "dependencyConditionsFulfilled"
    UNMET = "dependencyConditionsNotFulfilled"


def upstreams(asked: Dependencies | None) -> tuple[Upstream, ...]:
    """The tasks that a submission waits for. Raises Invalid naming the field and the rule."""
    if asked is None:
        return ()
    if asked.depends_on and asked.advanced_depends_on:
        raise Invalid(ADVANCED, "give either dependsOn or advancedDependsOn, not both")
    named = [Upstream(text.strip()) for text in asked.depends_on]
    named += [_advanced(one, f"{ADVANCED}[{i}]") for i, one in enumerate(asked.advanced_depends_on)]
    if len(named) > UPSTREAMS_MAX:
        raise Invalid(field(asked), f"there may be at most {UPSTREAMS_MAX}, not {len(named)}")
    _refuse_twice(named, field(asked))
    return tuple(named)


def field(asked: Dependencies) -> str:
    """The name of the list that a submission uses."""
    return ADVANCED if asked.advanced_depends_on else SIMPLE


def _advanced(asked: AdvancedDependency, path: str) -> Upstream:
    return Upstream(asked.task_uuid.strip(), tuple(_conditions(asked, path)))


def _conditions(asked: AdvancedDependency, path: str) -> Iterator[str]:
    words = dict.fromkeys(word.lower() for word in asked.task_final_state_condition or ())
    for word in words:
        if word not in ENDS:
            raise Invalid(f"{path}.taskFinalStateCondition", f"{word[:40]!r} is none of {', '.join(ENDS)}")
        yield word


def _refuse_twice(named: Iterable[Upstream], path: str) -> None:
    seen: set[str] = set()
    for index, one in enumerate(named):
        if one.uuid in seen:
            raise Invalid(f"{path}[{index}]", f"names {one.uuid[:80]} a second time")
        seen.add(one.uuid)


def verdict(counts: Counts) -> str | None:
    """The final state that a task has by its counters, as conditions name it; None while it goes on.

    It does not matter whether the task is being deleted.
    """
    if counts.ready + counts.active:
        return None
    return fold(counts).lower()


def standing(ends: Iterable[str], ended_as: str | None) -> Standing:
    """How a dependency stands on an upstream that ended so, or goes on. No `ends`: any end will do."""
    if ended_as is None:
        return Standing.WAITING
    return Standing.MET if not (wanted := set(ends)) or ended_as in wanted else Standing.UNMET


def overall(each: Iterable[Standing]) -> Standing:
    """How all dependencies of a task stand together: one that is not met decides."""
    found = set(each)
    if Standing.UNMET in found:
        return Standing.UNMET
    return Standing.WAITING if Standing.WAITING in found else Standing.MET
