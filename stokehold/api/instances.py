"""Instances on the wire: those that ended, and those that run."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from msgspec import UNSET

from stokehold.api.progress import CompletedInstance, Error, RunningInstance
from stokehold.domain.errors import Failure, Faults
from stokehold.domain.hardware import specification
from stokehold.domain.protocol import Ended
from stokehold.domain.ranges import Ranges
from stokehold.domain.states import Phase
from stokehold.domain.task import Spec
from stokehold.store import tasks
from stokehold.store.tasks import cores_each

RESULTS_SHOWN = 1000  # result files listed for one instance

_NOTHING = Ended(token="", at=0)
_STATES = {Phase.SUCCEEDED: "Success", Phase.FAILED: "Failure", Phase.CANCELLED: "Cancelled"}


def seconds(duration: int) -> float:
    return duration / 1_000_000


def error(failure: Failure) -> Error:
    return Error(code=failure.code, message=failure.message, debug=failure.debug or UNSET)


def reason(attempt: tasks.Attempt) -> Failure | None:
    """Why an attempt failed. One that no runner could report on was lost with its node."""
    if attempt.report is not None:
        return attempt.report.failure
    if attempt.phase is Phase.FAILED:
        return Failure.of(Faults.NODE_LOST, times=attempt.losses + 1)
    return None


def completed(
    row: tasks.Task, spec: Spec, attempts: Sequence[tasks.Attempt], storage: str
) -> list[CompletedInstance]:
    """How instances ended, by their last attempts."""
    cancelled = Ranges.stored(row.cancelled_range)
    folder = f"s3://{urlsplit(storage).netloc}/{spec.result_bucket}/"
    return [
        _completed(attempt, folder, was_cancelled=attempt.instance_id in cancelled) for attempt in attempts
    ]


def _completed(attempt: tasks.Attempt, folder: str, *, was_cancelled: bool) -> CompletedInstance:
    report, node = attempt.report or _NOTHING, attempt.node
    failure = None if was_cancelled else reason(attempt)
    spent = seconds(report.execution_us)
    return CompletedInstance(
        instance_id=attempt.instance_id,
        state=_STATES[Phase.CANCELLED if was_cancelled else attempt.phase],
        results=[folder + key for key in report.results[:RESULTS_SHOWN]],
        wall_time_sec=seconds((attempt.ended_at or attempt.leased_at) - attempt.leased_at),
        exec_time_sec=spent,
        exec_time_sec_ghz=round(spent * node.max_ghz, 6),
        peak_memory_mb=report.peak_memory_mb,
        average_ghz=node.max_ghz,
        specification_key=specification(node),
        cpu_model=node.cpu_model,
        core_count=cores_each(node),
        execution_attempt_count=attempt.number,
        error=error(failure) if failure else UNSET,
    )


def running(attempt: tasks.Attempt, now: int) -> RunningInstance:
    """What is known of an instance while a node works on it."""
    node = attempt.node
    spent = seconds(execution(attempt, now))
    return RunningInstance(
        phase=str(attempt.phase),
        instance_id=attempt.instance_id,
        max_frequency_ghz=node.max_ghz,
        current_frequency_ghz=node.max_ghz,
        max_memory_mb=node.memory_mb,
        execution_time_sec=spent,
        execution_time_ghz=round(spent * node.max_ghz, 6),
        specification_key=specification(node),
        cpu_model=node.cpu_model,
        core_count=cores_each(node),
        execution_attempt_count=attempt.number,
    )


def execution(attempt: tasks.Attempt, now: int) -> int:
    """Microseconds of execution of an attempt that still runs."""
    started = attempt.started_at
    return max(0, now - started) if started is not None and attempt.phase is Phase.EXECUTION else 0
