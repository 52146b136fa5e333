"""A stored task as clients read it (api.md 7.1)."""

from typing import Any

import msgspec

from stokehold.api.render import View, render, render_summary
from stokehold.domain.errors import Failure, Faults
from stokehold.domain.states import Phase
from stokehold.domain.task import AdvancedBucket, Filtering, KeyValue, Prefix, Spec
from tests.api.views import NOW, OVEN, STOVE, attempt, done, view

#: Fields in which a client cannot take null, nor anything but a list or an object (api.md 7.1).
NEVER_NULL = [
    "errors", "constants", "completedInstances", "resultsCount", "hardwareConstraints",
    "forcedNetworkRules", "secretsAccessRights", "privileges", "retrySettings", "creationDate", "uuid",
    "stateTransitionTime", "previousStateTransitionTime", "lastModified", "endDate", "completionTimeToLive",
    "instanceCount", "maxRetriesPerInstance", "snapshotInterval", "autoDeleteOnCompletion",
]  # fmt: skip

INTEGERS = {
    "instanceCount", "totalInstanceCount", "runningInstanceCount", "runningCoreCount", "resultsCount", "coreCount",
    "snapshotInterval", "maxRetriesPerInstance", "executionAttemptCount", "instanceId", "core", "clusterCoresCount",
}  # fmt: skip


def full(shown: View) -> dict[str, Any]:
    answer: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(render(shown)))
    return answer


def short(shown: View) -> dict[str, Any]:
    answer: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(render_summary(shown)))
    return answer


def busy() -> View:
    wrong = Failure.of(Faults.EXIT_CODE, code=3)
    ended = [
        done(1, results=["a.txt"], execution_us=30_000_000),
        done(2, Phase.FAILED, exit_code=3, failure=wrong),
    ]
    return view(
        Spec(
            name="n", profile="docker-batch", instance_count=4, result_bucket="out",
            advanced_resource_buckets=[AdvancedBucket("in", Filtering(Prefix("x/")))],
            constants=[KeyValue("QARNOT_SECRET__K", "v")], results_cache_ttl_sec=60,
        ),
        active=[attempt(0, Phase.EXECUTION, started_at=NOW - 10_000_000)],
        ended=ended, failures=ended[1:],
        state="PartiallyExecuting", previous_state="FullyDispatched", ready=1, executing=1, succeeded=1, failed=1,
        succeeded_range="1", failed_range="2", started_range="0-2", execution_us=30_000_000, results_count=1,
    )  # fmt: skip


def nulls(value: Any, path: str = "") -> list[str]:
    if isinstance(value, dict):
        return [found for key, inner in value.items() for found in nulls(inner, f"{path}.{key}")]
    if isinstance(value, list):
        return [found for inner in value for found in nulls(inner, path)]
    return [path] if value is None else []


def integers(value: Any) -> list[Any]:
    if isinstance(value, list):
        return [found for inner in value for found in integers(inner)]
    if not isinstance(value, dict):
        return []
    mine = [inner for key, inner in value.items() if key in INTEGERS]
    return mine + [found for inner in value.values() for found in integers(inner)]


def test_what_has_no_value_is_absent_and_never_null() -> None:
    for shown in (view(), busy()):
        assert nulls(full(shown)) == []
        assert nulls(short(shown)) == []


def test_what_clients_need_is_always_there() -> None:
    for shown in (view(), busy()):
        assert [key for key in NEVER_NULL if key not in full(shown)] == []


def test_integers_have_no_decimal_point_and_no_sign() -> None:
    found = integers(full(busy()))
    assert len(found) > len(INTEGERS)
    assert all(type(number) is int and number >= 0 for number in found)


def test_a_task_that_was_not_dispatched_has_no_status() -> None:
    assert "status" not in full(view())


def test_a_status_has_the_lists_without_which_a_client_fails() -> None:
    status = full(view(ready=3, dispatched=1))["status"]
    assert status["executionTimeByCpuModel"] == []
    assert status["executionTimeGhzByCpuModel"] == []


def test_a_task_says_what_carries_it_out_and_what_that_means() -> None:
    sandbox = msgspec.structs.replace(OVEN, runtime="process", runtime_note="Images are ignored.")
    shown = full(view(ended=[done(0, node=sandbox), done(1, node=sandbox)], succeeded=2, ready=2))
    assert shown["runtimes"] == [{"name": "process", "note": "Images are ignored."}]
    assert "runtimes" not in full(view())


def test_dates_that_never_were_are_the_zero_date() -> None:
    task = full(view())
    assert task["endDate"] == task["previousStateTransitionTime"] == "0001-01-01T00:00:00Z"
    assert task["creationDate"] == "2026-01-05T10:00:31Z"


def test_wall_time_runs_until_the_end() -> None:
    assert full(view())["wallTime"] == "00:01:40"
    assert full(view(ended_at=NOW - 40_000_000))["wallTime"] == "00:01:00"


def test_execution_time_includes_what_is_under_way() -> None:
    assert full(busy())["executionTime"] == "00:00:40"


def test_progress_is_the_percentage_of_ended_instances() -> None:
    assert full(busy())["progress"] == 50


def test_the_form_of_input_buckets_is_that_of_the_submission() -> None:
    task = full(busy())
    assert task["resourceBuckets"] == []
    assert task["advancedResourceBuckets"] == [
        {"bucketName": "in", "filtering": {"prefixFiltering": {"prefix": "x/"}}}
    ]


def test_the_lifetime_of_results_has_both_spellings() -> None:
    task = full(busy())
    assert task["ResultsCacheTTLSec"] == task["resultsCacheTTLSec"] == 60


def test_secrets_are_not_shown() -> None:
    assert full(busy())["constants"] == [{"key": "QARNOT_SECRET__K", "value": "[SECRET]"}]


def test_ranges_read_back_with_a_count_of_zero() -> None:
    task = full(view(Spec(name="n", profile="p", advanced_ranges="1-3,7")))
    assert (task["instanceCount"], task["totalInstanceCount"], task["advancedRanges"]) == (0, 4, "1-3,7")


def test_the_shortname_of_a_deleted_task_is_still_told() -> None:
    task = full(view(Spec(name="n", profile="p", instance_count=1, shortname="mine"), shortname="uuid"))
    assert task["shortname"] == "mine"


def test_each_distinct_failure_is_told_once() -> None:
    wrong, lost = Failure.of(Faults.EXIT_CODE, code=3), attempt(3, Phase.FAILED, STOVE, losses=9)
    failed = [done(i, Phase.FAILED, exit_code=3, failure=wrong) for i in range(3)] + [lost]
    errors = full(view(failures=failed, ended=failed, failed_range="0-3", ready=0, state="Failure"))["errors"]
    assert [error["code"] for error in errors] == ["STK1001", "STK4003"]
    assert "exit code 3" in errors[0]["message"]
    assert "10 times" in errors[1]["message"]


def test_a_failure_that_is_tried_again_is_no_error_of_the_task() -> None:
    wrong = Failure.of(Faults.EXIT_CODE, code=3)
    assert full(view(ended=[done(0, Phase.FAILED, failure=wrong)]))["errors"] == []


def test_a_cancelled_task_says_so() -> None:
    shown = view(ready=0, cancelled=4, cancelled_range="0-3", cancel_asked=True, state="Cancelled")
    assert [error["code"] for error in full(shown)["errors"]] == ["GHX0782I"]


def test_a_summary_is_a_part_of_the_task() -> None:
    assert short(busy()).items() <= full(busy()).items()
