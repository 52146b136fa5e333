from msgspec import UNSET

from stokehold.api.instances import completed, execution, reason, running
from stokehold.domain.errors import Failure, Faults
from stokehold.domain.states import Phase
from stokehold.domain.task import Spec
from tests.api.views import NOW, STOVE, attempt, done, row

SPEC = Spec(name="n", profile="docker-batch", instance_count=4, result_bucket="out")
STORAGE = "http://storage.example.org:8081"


def test_a_completed_instance_tells_its_results_and_what_it_took() -> None:
    ended = done(2, execution_us=30_000_000, results=["x/a.txt"], peak_memory_mb=512.5)
    (shown,) = completed(row(SPEC, succeeded_range="2"), SPEC, [ended], STORAGE)
    assert shown.results == ["s3://storage.example.org:8081/out/x/a.txt"]
    assert (shown.instance_id, shown.state, shown.error) == (2, "Success", UNSET)
    assert (shown.wall_time_sec, shown.exec_time_sec, shown.exec_time_sec_ghz) == (60.5, 30.0, 105.0)
    assert (shown.peak_memory_mb, shown.average_ghz, shown.core_count) == (512.5, 3.5, 4)
    assert (shown.specification_key, shown.cpu_model) == ("8c-32g-x", "CPU X")


def test_a_failed_instance_tells_why() -> None:
    ended = done(0, Phase.FAILED, exit_code=3, failure=Failure.of(Faults.EXIT_CODE, debug="d", code=3))
    (shown,) = completed(row(SPEC, failed_range="0"), SPEC, [ended], STORAGE)
    assert shown.state == "Failure"
    assert shown.error is not UNSET
    assert (shown.error.code, shown.error.debug) == ("STK1001", "d")


def test_an_instance_that_was_cancelled_while_it_waited_for_another_try_is_cancelled() -> None:
    ended = done(0, Phase.FAILED, failure=Failure.of(Faults.EXIT_CODE, code=3))
    (shown,) = completed(row(SPEC, cancelled_range="0"), SPEC, [ended], STORAGE)
    assert (shown.state, shown.error) == ("Cancelled", UNSET)


def test_an_attempt_without_report_was_lost_with_its_node() -> None:
    failure = reason(attempt(0, Phase.FAILED, losses=9))
    assert failure is not None
    assert failure.code == Faults.NODE_LOST.code


def test_an_attempt_that_succeeded_has_no_reason() -> None:
    assert reason(done(0)) is None


def test_only_execution_counts_as_execution() -> None:
    assert execution(attempt(0, Phase.EXECUTION, started_at=NOW - 5), NOW) == 5
    assert execution(attempt(0, Phase.UPLOAD, started_at=NOW - 5), NOW) == 0
    assert execution(attempt(0, Phase.EXECUTION, started_at=NOW + 5), NOW) == 0
    assert execution(attempt(0, Phase.DOWNLOAD), NOW) == 0


def test_a_running_instance_tells_its_phase_and_node() -> None:
    shown = running(attempt(3, Phase.EXECUTION, STOVE, started_at=NOW - 2_000_000, number=2), NOW)
    assert (shown.phase, shown.instance_id, shown.execution_attempt_count) == ("execution", 3, 2)
    assert (shown.execution_time_sec, shown.execution_time_ghz, shown.core_count) == (2.0, 4.0, 4)
    assert shown.active_forwards == shown.vpn_connections == ()
