from typing import Any

import pytest

from stokehold.domain.derived import (
    Changed,
    Derivation,
    Narrowed,
    Origin,
    derive,
    instances,
    refuse_unchoosable,
)
from stokehold.domain.errors import Forbidden, Invalid
from stokehold.domain.ranges import Ranges
from stokehold.domain.task import (
    AdvancedBucket,
    Dependencies,
    KeyValue,
    RetrySettings,
    Scheduling,
    Spec,
)

SPEC = Spec(
    name="n", shortname="s", profile="docker-batch", instance_count=9, constants=[KeyValue("A", "1")],
    tags=["t"], resource_buckets=["in"], result_bucket="out",
)  # fmt: skip


def origin(spec: Spec = SPEC, *, failed: str = "", cancelled: str = "", over: bool = True) -> Origin:
    return Origin(
        spec, "Failure" if over else "FullyExecuting", over, len(spec.ids()),
        Ranges.parse(failed), Ranges.parse(cancelled),
    )  # fmt: skip


def cloned(spec: Spec = SPEC, **changes: Any) -> Spec:
    return derive(Derivation.CLONE, origin(spec), Changed(**changes))


@pytest.mark.parametrize(
    ("how", "ids"),
    [
        (Derivation.CLONE, None),
        (Derivation.RESTART, None),
        (Derivation.RETRY, "1-2"),
        (Derivation.RECOVER, "1-2,7"),
        (Derivation.RESUME, "7"),
    ],
)
def test_which_instances_run_again(how: Derivation, ids: str | None) -> None:
    chosen = instances(how, origin(failed="1-2", cancelled="7"))
    assert chosen == (None if ids is None else Ranges.parse(ids))


@pytest.mark.parametrize("how", [Derivation.RETRY, Derivation.RECOVER, Derivation.RESUME])
def test_when_there_is_nothing_to_run_again_it_is_said(how: Derivation) -> None:
    with pytest.raises(Forbidden, match=f"Can't {how} the task: no instance of it"):
        instances(how, origin())


@pytest.mark.parametrize("how", [how for how in Derivation if how is not Derivation.CLONE])
def test_only_a_clone_is_made_of_a_task_that_goes_on(how: Derivation) -> None:
    instances(Derivation.CLONE, origin(over=False))
    with pytest.raises(Forbidden, match="has not ended: it is FullyExecuting"):
        instances(how, origin(failed="1", over=False))


def test_a_clone_is_its_origin_but_for_the_shortname() -> None:
    made = cloned()
    assert made.shortname is None
    made.shortname = SPEC.shortname
    assert made == SPEC


def test_instances_that_run_again_keep_their_ids_and_know_as_many_others_as_before() -> None:
    made = derive(Derivation.RETRY, origin(failed="3,5-6"), Narrowed())
    assert (made.advanced_ranges, made.instance_count, made.told_instance_count) == ("3,5-6", None, 9)
    again = derive(Derivation.RETRY, origin(made, failed="5"), Narrowed())
    assert (again.advanced_ranges, again.told_instance_count) == ("5", 9)


def test_what_is_given_replaces_what_was() -> None:
    made = cloned(name="m", shortname="x", constants=[KeyValue("B", "2")], tags=[])
    assert (made.name, made.shortname, made.tags) == ("m", "x", [])
    assert made.constants == [KeyValue("B", "2")]
    assert (SPEC.name, SPEC.tags) == ("n", ["t"])


@pytest.mark.parametrize(
    ("changes", "count", "ranges"),
    [
        ({"instance_count": 2}, 2, None),
        ({"advanced_ranges": "4"}, None, "4"),
        ({"instance_count": 2, "advanced_ranges": "4"}, None, "4"),
        ({"instance_count": 0}, 9, None),
    ],
)
def test_a_clone_may_have_other_instances(
    changes: dict[str, Any], count: int | None, ranges: str | None
) -> None:
    made = cloned(**changes)
    assert (made.instance_count, made.advanced_ranges) == (count, ranges)


def test_a_clone_of_ranges_may_have_a_count() -> None:
    ranged = Spec(name="n", profile="p", advanced_ranges="4", told_instance_count=9)
    made = cloned(ranged, instance_count=2)
    assert (made.instance_count, made.advanced_ranges, made.told_instance_count) == (2, None, None)


def test_advanced_buckets_win_over_plain_ones_and_either_replaces_both() -> None:
    advanced = [AdvancedBucket("a")]
    both = cloned(resource_buckets=["b"], advanced_resource_buckets=advanced)
    assert (both.resource_buckets, both.advanced_resource_buckets) == ([], advanced)
    assert cloned(advanced_resource_buckets=advanced).resource_buckets == []
    assert cloned(both, resource_buckets=["b"]).advanced_resource_buckets == []
    assert cloned(resource_buckets=[]).buckets() == []


def test_the_newer_limit_of_retries_wins_over_the_older() -> None:
    per_instance = RetrySettings(max_total_retries=7, max_per_instance_retries=2)
    both = cloned(max_retries_per_instance=5, retry_settings=per_instance)
    assert (both.max_retries_per_instance, both.retries()) == (None, (7, 2))
    assert cloned(both, max_retries_per_instance=1).retries() == (7, 1)


def test_the_other_name_of_the_result_bucket_replaces_it() -> None:
    made = cloned(results_bucket="other")
    assert (made.result_bucket, made.results_bucket) == (None, "other")


@pytest.mark.parametrize("how", [d for d in Derivation if d is not Derivation.CLONE])
def test_what_runs_again_does_not_wait_again(how: Derivation) -> None:
    held = Spec(name="n", profile="p", instance_count=2, job_uuid="j", dependencies=Dependencies(["u"]))
    again = derive(how, origin(held, failed="0", cancelled="1"), Narrowed())
    assert (again.job_uuid, again.dependencies) == ("j", None)
    asked = Narrowed(dependencies=Dependencies(["v"]))
    assert derive(how, origin(held, failed="0", cancelled="1"), asked).dependencies == Dependencies(["v"])


def test_what_belongs_to_what_was_replaced_goes_with_it() -> None:
    held = Spec(
        name="n", profile="p", instance_count=1, job_uuid="j", dependencies=Dependencies(["u"]),
        scheduling_type=Scheduling.RESERVED, targeted_reservation_name="r",
    )  # fmt: skip
    assert cloned(held, job_uuid="k").dependencies is None
    assert cloned(held, scheduling_type=Scheduling.FLEX).targeted_reservation_name is None
    assert cloned(held, targeted_reservation_name="q").scheduling_type is Scheduling.RESERVED
    assert cloned(held).dependencies == Dependencies(["u"])


@pytest.mark.parametrize(
    ("how", "body", "field"),
    [
        (Derivation.CLONE, {"PoolUuid": "p"}, "poolUuid"),
        (Derivation.RETRY, {"instanceCount": 3}, "instanceCount"),
        (Derivation.RESUME, {"advancedRanges": "1"}, "advancedRanges"),
    ],
)
def test_what_a_derived_task_cannot_be_given_is_refused(how: Derivation, body: Any, field: str) -> None:
    with pytest.raises(Invalid, match=f"^{field}: "):
        refuse_unchoosable(body, how)


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        {"instanceCount": 0, "advancedRanges": None, "poolUuid": "00000000-0000-0000-0000-000000000000"},
    ],
)
def test_what_says_nothing_is_not_refused(body: Any) -> None:
    refuse_unchoosable(body, Derivation.RETRY)
