"""What tasks took, and how far they are: the `status` of a task (api.md 3.3b, semantics.md 2.6)."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from msgspec import UNSET, Struct

from stokehold.api.instances import execution, running, seconds
from stokehold.api.progress import (
    CpuGhzTime,
    CpuTime,
    RunningCores,
    RunningInstances,
    SpecificationTime,
    Status,
)
from stokehold.domain.hardware import specification
from stokehold.domain.moments import date_text, timespan_text
from stokehold.domain.protocol import Inventory
from stokehold.domain.ranges import Ranges
from stokehold.store import tasks
from stokehold.store.tasks import cores_each


class Timing(Struct, frozen=True):
    """The times of a task in microseconds; those that are under way included."""

    now: int
    wall_us: int
    execution_us: int

    @classmethod
    def of(cls, row: tasks.Task, active: Iterable[tasks.Attempt], now: int) -> "Timing":
        under_way = sum(execution(attempt, now) for attempt in active)
        end = row.ended_at if row.ended_at is not None else now
        return cls(now, max(0, end - row.created_at), row.execution_us + under_way)


def status(
    row: tasks.Task, timing: Timing, active: Sequence[tasks.Attempt], ended: Sequence[tasks.Attempt]
) -> Status:
    """How far a task is."""
    by_node = _shares(timing, active, ended)
    return Status(
        timestamp=date_text(timing.now),
        last_update_timestamp=date_text(row.modified_at),
        download_progress=_percent(row.running + row.ended, row.total),
        execution_progress=_percent(row.uploading + row.ended, row.total),
        upload_progress=_percent(row.ended, row.total),
        instance_count=row.running,
        download_time=timespan_text(row.download_us),
        download_time_sec=seconds(row.download_us),
        environment_time=timespan_text(row.environment_us),
        environment_time_sec=seconds(row.environment_us),
        execution_time=timespan_text(timing.execution_us),
        execution_time_sec=seconds(timing.execution_us),
        upload_time=timespan_text(row.upload_us),
        upload_time_sec=seconds(row.upload_us),
        wall_time=timespan_text(timing.wall_us),
        wall_time_sec=seconds(timing.wall_us),
        execution_time_by_cpu_model=list(_by_cpu(by_node)),
        execution_time_ghz_by_cpu_model=list(_by_cpu_ghz(by_node)),
        execution_time_by_machine_specification=list(_by_specification(by_node)),
        running_instances_info=_running(active, timing.now) if active else UNSET,
        **_ranges(row),
    )


def _percent(part: int, total: int) -> float:
    return round(100 * part / total, 2)


def _ranges(row: tasks.Task) -> dict[str, str]:
    """`failedRange` includes the cancelled (semantics.md 2.6)."""
    succeeded, failed = Ranges.stored(row.succeeded_range), Ranges.stored(row.failed_range)
    unsuccessful = failed | Ranges.stored(row.cancelled_range)
    return {
        "succeeded_range": row.succeeded_range,
        "executed_range": str(succeeded | failed),
        "failed_range": str(unsuccessful),
        "failed_only_range": row.failed_range,
        "cancelled_range": row.cancelled_range,
        "started_once_range": row.started_range,
    }


Shares = list[tuple[Inventory, float]]


def _shares(timing: Timing, active: Iterable[tasks.Attempt], ended: Iterable[tasks.Attempt]) -> Shares:
    """Seconds of execution by node: exact while every attempt is shown, else in the shares of the shown ones."""
    spent: dict[str, int] = defaultdict(int)
    nodes: dict[str, Inventory] = {}
    for attempt in (*active, *ended):
        node = attempt.node
        nodes[node.name] = node
        spent[node.name] += attempt.report.execution_us if attempt.report else execution(attempt, timing.now)
    seen = sum(spent.values())
    scale = timing.execution_us / seen if seen else 0.0
    return [(nodes[name], round(seconds(took) * scale, 6)) for name, took in spent.items() if took]


def _by_cpu(shares: Shares) -> Iterator[CpuTime]:
    for (model, core), time in _grouped(((n.cpu_model, cores_each(n)), time) for n, time in shares):
        yield CpuTime(model=model, time=time, core=core)


def _by_cpu_ghz(shares: Shares) -> Iterator[CpuGhzTime]:
    for (model, core), time in _grouped(
        ((n.cpu_model, cores_each(n)), time * n.max_ghz) for n, time in shares
    ):
        yield CpuGhzTime(model=model, time_ghz=time, core=core)


def _by_specification(shares: Shares) -> Iterator[SpecificationTime]:
    for (key, _), time in _grouped(((specification(n), 0), time) for n, time in shares):
        yield SpecificationTime(specification_key=key, time=time)


def _grouped(pairs: Iterable[tuple[tuple[str, int], float]]) -> list[tuple[tuple[str, int], float]]:
    sums: dict[tuple[str, int], float] = defaultdict(float)
    for key, time in pairs:
        sums[key] += time
    return [(key, round(time, 6)) for key, time in sums.items()]


def _running(active: Sequence[tasks.Attempt], now: int) -> RunningInstances:
    ghz = [attempt.node.max_ghz for attempt in active]
    counts: dict[tuple[str, int], int] = defaultdict(int)
    for attempt in active:
        counts[attempt.node.cpu_model, cores_each(attempt.node)] += cores_each(attempt.node)
    return RunningInstances(
        per_running_instance_info=[running(attempt, now) for attempt in active],
        timestamp=date_text(now),
        average_frequency_ghz=sum(ghz) / len(ghz),
        max_frequency_ghz=max(ghz),
        min_frequency_ghz=min(ghz),
        average_max_frequency_ghz=sum(ghz) / len(ghz),
        running_core_count_by_cpu_model=[
            RunningCores(model=model, core=core, running_core_count=count)
            for (model, core), count in counts.items()
        ],
    )
