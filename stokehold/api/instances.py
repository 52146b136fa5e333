"""Instances on the wire: those that ended, and those that run."""

from collections.abc import Sequence
from urllib.parse import urlsplit
from uuid import NAMESPACE_URL, uuid5

from msgspec import UNSET

from stokehold.api.progress import CompletedInstance, Error, RunningInstance
from stokehold.domain.errors import Failure, Faults
from stokehold.domain.hardware import specification
from stokehold.domain.protocol import Ended, Sample
from stokehold.domain.ranges import Ranges
from stokehold.domain.states import Phase
from stokehold.domain.task import Spec
from stokehold.store import tasks
from stokehold.store.tasks import cores_each, memory_each

RESULTS_SHOWN = 1000  # result files listed for one instance

SITE = str(uuid5(NAMESPACE_URL, "stokehold:site"))  # the one that all nodes of a server are of

_NOTHING = Ended(token="", at=0)
_UNMEASURED = Sample("")
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
    where = folder(spec, storage)
    return [ended(attempt, where, was_cancelled=attempt.instance_id in cancelled) for attempt in attempts]


def folder(spec: Spec, storage: str) -> str:
    """What the names of a task's results begin with."""
    return f"s3://{urlsplit(storage).netloc}/{spec.result_bucket}/"


def speed(attempt: tasks.Attempt) -> tuple[float, float]:
    """How fast the cores of an attempt were, in GHz and as a part of what they are made for."""
    most = attempt.node.max_ghz
    told = attempt.report.average_ghz if attempt.report else attempt.sample.ghz if attempt.sample else 0.0
    return (told, round(min(1.0, told / most), 3) if most else 1.0) if told else (most, 1.0)


def ended(attempt: tasks.Attempt, folder: str, *, was_cancelled: bool) -> CompletedInstance:
    """How one instance ended, by its last attempt."""
    report, node = attempt.report or _NOTHING, attempt.node
    failure = None if was_cancelled else reason(attempt)
    spent = seconds(report.execution_us)
    ghz, clock_ratio = speed(attempt)
    return CompletedInstance(
        instance_id=attempt.instance_id,
        state=_STATES[Phase.CANCELLED if was_cancelled else attempt.phase],
        results=[folder + key for key in report.results[:RESULTS_SHOWN]],
        wall_time_sec=seconds((attempt.ended_at or attempt.leased_at) - attempt.leased_at),
        exec_time_sec=spent,
        exec_time_sec_ghz=round(spent * ghz, 6),
        peak_memory_mb=report.peak_memory_mb,
        average_ghz=ghz,
        clock_ratio=clock_ratio,
        specification_key=specification(node),
        cpu_model=node.cpu_model,
        core_count=cores_each(node),
        execution_attempt_count=attempt.number,
        error=error(failure) if failure else UNSET,
    )


def running(attempt: tasks.Attempt, now: int) -> RunningInstance:
    """What is known of an instance while a node works on it."""
    node, sample = attempt.node, attempt.sample or _UNMEASURED
    spent, cores, memory_mb = seconds(execution(attempt, now)), cores_each(node), memory_each(node)
    ghz, clock_ratio = speed(attempt)
    return RunningInstance(
        phase=str(attempt.phase),
        instance_id=attempt.instance_id,
        max_frequency_ghz=node.max_ghz,
        current_frequency_ghz=ghz,
        cpu_usage=round(min(100.0, 100 * sample.cores / cores), 2),
        max_memory_mb=memory_mb,
        current_memory_mb=sample.memory_mb,
        memory_usage=round(min(1.0, sample.memory_mb / memory_mb), 4),
        network_in_kbps=sample.in_kbps,
        network_out_kbps=sample.out_kbps,
        progress=100.0 if attempt.phase is Phase.UPLOAD else sample.progress,
        execution_time_sec=spent,
        execution_time_ghz=round(spent * ghz, 6),
        specification_key=specification(node),
        cpu_model=node.cpu_model,
        core_count=cores,
        execution_attempt_count=attempt.number,
        clock_ratio=clock_ratio,
        inputs_revision=attempt.inputs_revision,
        inputs_error=attempt.inputs_failure or UNSET,
    )


def execution(attempt: tasks.Attempt, now: int) -> int:
    """Microseconds of execution of an attempt that still runs."""
    started = attempt.started_at
    return max(0, now - started) if started is not None and attempt.phase is Phase.EXECUTION else 0
