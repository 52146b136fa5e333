"""What tasks took, and how far they are: the `status` of a task (api.md 3.3b, semantics.md 2.6)."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from msgspec import UNSET, Struct

from stokehold.api.instances import SITE, execution, seconds, speed
from stokehold.api.progress import (
    CpuGhzTime,
    CpuTime,
    InstanceTime,
    SiteTime,
    SpecificationTime,
    Status,
)
from stokehold.api.usage import usage
from stokehold.domain.hardware import specification
from stokehold.domain.moments import date_text, timespan_text
from stokehold.domain.protocol import Inventory
from stokehold.domain.ranges import Ranges
from stokehold.domain.states import Phase
from stokehold.store import tasks
from stokehold.store.tasks import cores_each


class Timing(Struct, frozen=True):
    """The times of a task in microseconds; those that are under way included."""

    now: int
    wall_us: int
    execution_us: int
    download_us: int = 0
    environment_us: int = 0
    upload_us: int = 0

    @classmethod
    def of(cls, row: tasks.Task, active: Iterable[tasks.Attempt], now: int) -> "Timing":
        under_way: dict[Phase, int] = defaultdict(int)
        for attempt in active:
            under_way[Phase.EXECUTION] += execution(attempt, now)
            for phase, took in _stages(attempt, now):
                under_way[phase] += took
        end = row.ended_at if row.ended_at is not None else now
        return cls(
            now,
            max(0, end - row.created_at),
            row.execution_us + under_way[Phase.EXECUTION],
            row.download_us + under_way[Phase.DOWNLOAD],
            row.environment_us + under_way[Phase.ENVIRONMENT],
            row.upload_us + under_way[Phase.UPLOAD],
        )


def _stages(attempt: tasks.Attempt, now: int) -> Iterator[tuple[Phase, int]]:
    """What the stages around the execution have taken so far, of an attempt that goes on."""
    if attempt.sample is not None:
        yield Phase.DOWNLOAD, attempt.sample.download_us
        yield Phase.ENVIRONMENT, attempt.sample.environment_us
    if attempt.phase is not Phase.EXECUTION and attempt.phase_at:
        yield attempt.phase, max(0, now - attempt.phase_at)


def progress(row: tasks.Task, active: Sequence[tasks.Attempt]) -> float:
    """How much of a task is done, in percent: what has ended, and what the running instances say of themselves."""
    begun = max(
        row.running, len(active)
    )  # not all that begun may have been read; what is only leased is at 0
    return _percent(row.ended + _partly(begun, active), row.total)


def status(
    row: tasks.Task, timing: Timing, active: Sequence[tasks.Attempt], ended: Sequence[tasks.Attempt]
) -> Status:
    """How far a task is."""
    spent = _spent(timing, active, ended)
    shares = _shares(timing, spent)
    executed = row.uploading + row.ended
    partly = _partly(row.executing, [a for a in active if a.phase is Phase.EXECUTION])
    return Status(
        timestamp=date_text(timing.now),
        last_update_timestamp=date_text(row.modified_at),
        download_progress=_percent(row.running + row.ended, row.total),
        execution_progress=_percent(executed + partly, row.total),
        upload_progress=_percent(row.ended, row.total),
        instance_count=row.running,
        download_time=timespan_text(timing.download_us),
        download_time_sec=seconds(timing.download_us),
        environment_time=timespan_text(timing.environment_us),
        environment_time_sec=seconds(timing.environment_us),
        execution_time=timespan_text(timing.execution_us),
        execution_time_sec=seconds(timing.execution_us),
        upload_time=timespan_text(timing.upload_us),
        upload_time_sec=seconds(timing.upload_us),
        wall_time=timespan_text(timing.wall_us),
        wall_time_sec=seconds(timing.wall_us),
        execution_time_by_cpu_model=list(_by_cpu(shares)),
        execution_time_ghz_by_cpu_model=list(_by_cpu_ghz(shares)),
        execution_time_by_machine_specification=list(_by_specification(shares)),
        execution_time_by_site_and_machine=list(_by_site(shares)),
        execution_time_by_instance_id=[_of_instance(one) for one in spent],
        running_instances_info=usage(active, timing.now) if active else UNSET,
        **_ranges(row),
    )


def _percent(part: float, total: int) -> float:
    return round(min(100.0, 100 * part / total), 2)


def _partly(count: int, shown: Sequence[tasks.Attempt]) -> float:
    """How much `count` running instances have done, in instances, judged by those that were read."""
    if not shown:
        return 0.0
    done = sum(attempt.sample.progress for attempt in shown if attempt.sample)
    return count * done / 100 / len(shown)


def _ranges(row: tasks.Task) -> dict[str, str]:
    """`failedRange` includes the cancelled (semantics.md 2.6)."""
    return {
        "succeeded_range": row.succeeded_range,
        "executed_range": _together(row.succeeded_range, row.failed_range),
        "failed_range": _together(row.failed_range, row.cancelled_range),
        "failed_only_range": row.failed_range,
        "cancelled_range": row.cancelled_range,
        "started_once_range": row.started_range,
    }


def _together(one: str, other: str) -> str:
    """Both of two stored ranges."""
    return str(Ranges.stored(one) | Ranges.stored(other)) if one and other else one or other


class Spent(NamedTuple):
    """Seconds that an attempt which is shown has executed, and how fast its cores were."""

    attempt: tasks.Attempt
    time: float
    ghz: float
    clock_ratio: float


class Share(NamedTuple):
    """What a node has executed: seconds, these times GHz, and these times the clock ratio."""

    node: Inventory
    time: float
    fast: float
    ratio: float


def _spent(timing: Timing, active: Iterable[tasks.Attempt], ended: Iterable[tasks.Attempt]) -> list[Spent]:
    each = (
        (attempt, attempt.report.execution_us if attempt.report else execution(attempt, timing.now))
        for attempt in (*active, *ended)
    )
    return [Spent(attempt, seconds(took), *speed(attempt)) for attempt, took in each if took]


def _shares(timing: Timing, spent: Sequence[Spent]) -> list[Share]:
    """By node: exact while every attempt is shown; else those that are shown stand for all."""
    nodes: dict[int, Inventory] = {}
    sums: dict[int, list[float]] = {}
    for attempt, time, ghz, ratio in spent:
        key = id(attempt.node)
        if key not in sums:
            nodes[key], sums[key] = attempt.node, [0.0, 0.0, 0.0]
        total = sums[key]
        total[0] += time
        total[1] += time * ghz
        total[2] += time * ratio
    seen = sum(total[0] for total in sums.values())
    scale = seconds(timing.execution_us) / seen if seen else 0.0
    return [Share(nodes[key], *(value * scale for value in total)) for key, total in sums.items()]


def _by_cpu(shares: Sequence[Share]) -> Iterator[CpuTime]:
    for (model, core), total in _grouped(shares, _cpu).items():
        yield CpuTime(model=model, time=round(total[0], 6), core=core)


def _by_cpu_ghz(shares: Sequence[Share]) -> Iterator[CpuGhzTime]:
    for (model, core), (time, fast, ratio) in _grouped(shares, _cpu).items():
        clock_ratio = round(ratio / time, 3) if time else 1.0
        yield CpuGhzTime(model=model, time_ghz=round(fast, 6), clock_ratio=clock_ratio, core=core)


def _by_specification(shares: Sequence[Share]) -> Iterator[SpecificationTime]:
    for (key, _), total in _grouped(shares, _machine).items():
        yield SpecificationTime(specification_key=key, time=round(total[0], 6))


def _by_site(shares: Sequence[Share]) -> Iterator[SiteTime]:
    for (key, _), total in _grouped(shares, _machine).items():
        yield SiteTime(site_uuid=SITE, specification_key=key, time=round(total[0], 6))


def _of_instance(spent: Spent) -> InstanceTime:
    return InstanceTime(
        instance_id=spent.attempt.instance_id,
        specification_key=specification(spent.attempt.node),
        site_uuid=SITE,
        time=spent.time,
        time_ghz=round(spent.time * spent.ghz, 6),
        clock_ratio=spent.clock_ratio,
    )


Group = tuple[str, int]


def _cpu(node: Inventory) -> Group:
    return node.cpu_model, cores_each(node)


def _machine(node: Inventory) -> Group:
    return specification(node), 0


def _grouped(shares: Sequence[Share], group: Callable[[Inventory], Group]) -> dict[Group, Sequence[float]]:
    """The sums of the nodes that are alike."""
    if len(shares) == 1:  # of most tasks in a list
        return {group(shares[0].node): shares[0][1:]}
    sums: dict[Group, Sequence[float]] = defaultdict(lambda: [0.0, 0.0, 0.0])
    for node, *values in shares:
        key = group(node)
        sums[key] = [a + b for a, b in zip(sums[key], values, strict=True)]
    return sums
