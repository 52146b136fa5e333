from msgspec import UNSET

from stokehold.api.instances import SITE
from stokehold.api.measures import Timing, progress, status
from stokehold.api.progress import Status
from stokehold.api.render import View
from stokehold.domain.protocol import Sample
from stokehold.domain.states import Phase
from stokehold.domain.task import Spec
from stokehold.store.tasks import Attempt
from tests.api.views import NOW, STOVE, attempt, done, view


def measured(shown: View) -> Status:
    timing = Timing.of(shown.row, shown.active, shown.now)
    return status(shown.row, timing, shown.active, shown.ended)


def test_ranges_tell_failed_from_cancelled() -> None:
    told = measured(view(succeeded_range="0", failed_range="2", cancelled_range="1", started_range="0,2"))
    assert (told.succeeded_range, told.executed_range) == ("0", "0,2")
    assert (told.failed_range, told.failed_only_range, told.cancelled_range) == ("1-2", "2", "1")
    assert told.started_once_range == "0,2"


def test_progress_is_told_by_stage() -> None:
    told = measured(view(ready=1, executing=1, uploading=1, succeeded=1))
    assert (told.download_progress, told.execution_progress, told.upload_progress) == (75, 50, 25)
    assert told.instance_count == 2


def test_times_are_told_twice() -> None:
    told = measured(view(download_us=1_500_000, environment_us=62_000_000, upload_us=0))
    assert (told.download_time, told.download_time_sec) == ("00:00:01.5000000", 1.5)
    assert (told.environment_time, told.environment_time_sec) == ("00:01:02", 62.0)
    assert (told.upload_time, told.upload_time_sec) == ("00:00:00", 0.0)


def test_execution_is_told_by_model_of_cpu() -> None:
    active = [attempt(0, Phase.EXECUTION, STOVE, started_at=NOW - 10_000_000)]
    ended = [done(1, execution_us=30_000_000), done(2, execution_us=10_000_000)]
    told = measured(view(active=active, ended=ended, execution_us=40_000_000))
    assert {(t.model, t.time, t.core) for t in told.execution_time_by_cpu_model} == {
        ("CPU X", 40, 4),
        ("CPU Y", 10, 4),
    }
    assert {(t.model, t.time_ghz) for t in told.execution_time_ghz_by_cpu_model} == {
        ("CPU X", 140),
        ("CPU Y", 20),
    }
    assert {(t.specification_key, t.time) for t in told.execution_time_by_machine_specification} == {
        ("8c-32g-x", 40),
        ("4c-8g-y", 10),
    }


def test_execution_of_what_is_not_shown_is_shared_out() -> None:
    ended = [done(1, execution_us=3_000_000), done(2, node=STOVE, execution_us=1_000_000)]
    told = measured(view(ended=ended, execution_us=400_000_000))
    assert {(t.model, t.time) for t in told.execution_time_by_cpu_model} == {("CPU X", 300), ("CPU Y", 100)}


def test_what_runs_is_told_with_its_cores() -> None:
    active = [
        attempt(0, Phase.EXECUTION, started_at=NOW),
        attempt(1, Phase.DOWNLOAD),
        attempt(2, Phase.UPLOAD, STOVE),
    ]
    info = measured(view(active=active)).running_instances_info
    assert info is not UNSET
    assert [i.phase for i in info.per_running_instance_info] == ["execution", "download", "upload"]
    assert (info.max_frequency_ghz, info.min_frequency_ghz, info.average_frequency_ghz) == (3.5, 2.0, 3.0)
    assert [(c.model, c.running_core_count) for c in info.running_core_count_by_cpu_model] == [
        ("CPU X", 8),
        ("CPU Y", 4),
    ]


def test_nothing_that_runs_tells_nothing() -> None:
    assert measured(view()).running_instances_info is UNSET


def test_a_clock_that_was_put_back_gives_no_negative_time() -> None:
    assert measured(view(created_at=NOW + 1)).wall_time_sec == 0


def half_way(phase: Phase = Phase.EXECUTION, instance: int = 0) -> Attempt:
    return attempt(instance, phase, started_at=NOW, sample=Sample("", progress=50, download_us=2_000_000))


def test_progress_is_refined_by_what_instances_say() -> None:
    shown = view(ready=2, executing=1, succeeded=1, active=[half_way()])
    assert progress(shown.row, shown.active) == 37.5
    assert measured(shown).execution_progress == 37.5


def test_instances_that_are_not_shown_are_judged_by_those_that_are() -> None:
    spec = Spec(name="n", profile="docker-batch", instance_count=100)
    shown = view(spec, ready=20, executing=80, active=[half_way(), half_way(instance=1)])
    assert progress(shown.row, shown.active) == 40


def test_what_is_only_leased_has_done_nothing() -> None:
    shown = view(ready=2, dispatched=1, executing=1, active=[half_way()])
    assert progress(shown.row, shown.active) == 12.5


def test_the_stages_of_what_goes_on_count_in_the_times() -> None:
    fetching = attempt(1, Phase.DOWNLOAD, phase_at=NOW - 3_000_000)
    told = measured(view(active=[half_way(), fetching], download_us=1_000_000))
    assert told.download_time_sec == 6


def test_execution_is_told_by_instance_and_by_site() -> None:
    ended = [done(1, execution_us=30_000_000, average_ghz=1.75), done(2, node=STOVE, execution_us=10_000_000)]
    told = measured(view(ended=ended, execution_us=40_000_000))
    assert [
        (t.instance_id, t.time, t.time_ghz, t.clock_ratio, t.specification_key)
        for t in told.execution_time_by_instance_id
    ] == [(1, 30, 52.5, 0.5, "8c-32g-x"), (2, 10, 20, 1, "4c-8g-y")]
    assert {(t.site_uuid, t.specification_key, t.time) for t in told.execution_time_by_site_and_machine} == {
        (SITE, "8c-32g-x", 30),
        (SITE, "4c-8g-y", 10),
    }
    assert {(t.model, t.time_ghz, t.clock_ratio) for t in told.execution_time_ghz_by_cpu_model} == {
        ("CPU X", 52.5, 0.5),
        ("CPU Y", 20, 1),
    }
