import pytest

from stokehold.domain.dependencies import Standing, overall, standing, upstreams, verdict
from stokehold.domain.errors import Invalid
from stokehold.domain.events import Upstream
from stokehold.domain.states import Counts
from stokehold.domain.task import AdvancedDependency, Dependencies

WAITING, MET, UNMET = Standing.WAITING, Standing.MET, Standing.UNMET


def test_nothing_is_waited_for_unless_it_is_named() -> None:
    assert upstreams(None) == upstreams(Dependencies()) == ()


def test_simple_dependencies_take_any_end() -> None:
    assert upstreams(Dependencies(["a", " b "])) == (Upstream("a"), Upstream("b"))


def test_conditions_are_read_in_any_case() -> None:
    asked = Dependencies(advanced_depends_on=[AdvancedDependency("a", ["Success", "FAILURE"])])
    assert upstreams(asked) == (Upstream("a", ("success", "failure")),)


@pytest.mark.parametrize("condition", [None, []])
def test_no_condition_takes_any_end(condition: list[str] | None) -> None:
    asked = Dependencies(advanced_depends_on=[AdvancedDependency("a", condition)])
    assert upstreams(asked) == (Upstream("a"),)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (Dependencies(["a"], [AdvancedDependency("b")]), "not both"),
        (Dependencies(["a", "a"]), r"dependsOn\[1\]: names a a second time"),
        (
            Dependencies([], [AdvancedDependency("a", ["success"]), AdvancedDependency("a")]),
            r"advancedDependsOn\[1\]: names a a second time",
        ),
        (Dependencies([], [AdvancedDependency("a", ["done"])]), r"\[0\].taskFinalStateCondition: 'done'"),
        (Dependencies([str(n) for n in range(10_001)]), "at most 10000"),
    ],
)
def test_what_breaks_a_rule_is_named(asked: Dependencies, message: str) -> None:
    with pytest.raises(Invalid, match=message):
        upstreams(asked)


@pytest.mark.parametrize(
    ("ends", "ended_as", "expected"),
    [
        ((), None, WAITING),
        (("success",), None, WAITING),
        ((), "failure", MET),
        (("success", "cancelled"), "cancelled", MET),
        (("success",), "cancelled", UNMET),
    ],
)
def test_a_dependency_stands_as_its_upstream_ended(
    ends: tuple[str, ...], ended_as: str | None, expected: Standing
) -> None:
    assert standing(ends, ended_as) is expected


@pytest.mark.parametrize(
    ("each", "expected"), [([], MET), ([MET], MET), ([MET, WAITING], WAITING), ([WAITING, UNMET, MET], UNMET)]
)
def test_one_that_is_not_met_decides_for_all(each: list[Standing], expected: Standing) -> None:
    assert overall(each) is expected


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        (Counts(ready=1, failed=1), None),
        (Counts(executing=1), None),
        (Counts(succeeded=2), "success"),
        (Counts(succeeded=1, failed=1), "failure"),
        (Counts(failed=1, cancelled=1), "cancelled"),
    ],
)
def test_a_task_has_ended_when_all_its_instances_have(counts: Counts, expected: str | None) -> None:
    assert verdict(counts) == expected
