"""What a task uses now, over all its running instances (api.md 3.3b)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from stokehold.api.instances import running
from stokehold.api.progress import RunningCores, RunningInstances
from stokehold.domain.moments import date_text
from stokehold.store import tasks
from stokehold.store.tasks import cores_each


def usage(active: Sequence[tasks.Attempt], now: int) -> RunningInstances:
    """What these attempts, at least one, use."""
    each = [running(attempt, now) for attempt in active]
    speed = _average(i.current_frequency_ghz for i in each)
    most = _average(i.max_frequency_ghz for i in each)
    received, sent = (sum(i.network_in_kbps for i in each), sum(i.network_out_kbps for i in each))
    return RunningInstances(
        per_running_instance_info=each,
        timestamp=date_text(now),
        average_frequency_ghz=speed,
        max_frequency_ghz=max(i.current_frequency_ghz for i in each),
        min_frequency_ghz=min(i.current_frequency_ghz for i in each),
        average_max_frequency_ghz=most,
        average_cpu_usage=_average(i.cpu_usage for i in each),
        cluster_power_indicator=round(min(1.0, speed / most), 3) if most else 1.0,
        average_memory_usage=_average(i.memory_usage for i in each),
        average_network_in_kbps=round(received / len(each), 3),
        average_network_out_kbps=round(sent / len(each), 3),
        total_network_in_kbps=round(received, 3),
        total_network_out_kbps=round(sent, 3),
        running_core_count_by_cpu_model=_cores(active),
    )


def _average(values: Iterable[float]) -> float:
    found = list(values)
    return round(sum(found) / len(found), 4)


def _cores(active: Iterable[tasks.Attempt]) -> list[RunningCores]:
    counts: dict[tuple[str, int], int] = defaultdict(int)
    for attempt in active:
        counts[attempt.node.cpu_model, cores_each(attempt.node)] += cores_each(attempt.node)
    return [RunningCores(model=m, core=core, running_core_count=n) for (m, core), n in counts.items()]
