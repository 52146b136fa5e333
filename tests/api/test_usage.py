from stokehold.api.usage import usage
from stokehold.domain.protocol import Sample
from stokehold.domain.states import Phase
from tests.api.views import NOW, STOVE, attempt


def test_averages_and_totals_are_of_what_was_measured() -> None:
    one = attempt(0, Phase.EXECUTION, sample=Sample("", 4.0, 4096, 5000, 10, 20, 3.0, 40))
    two = attempt(1, Phase.EXECUTION, STOVE, sample=Sample("", 1.0, 4096, 5000, 30, 40, 1.0, 60))
    info = usage([one, two], NOW)
    first, second = info.per_running_instance_info
    assert (first.cpu_usage, second.cpu_usage) == (100, 25)
    assert (first.max_memory_mb, first.current_memory_mb, first.memory_usage) == (16384, 4096, 0.25)
    assert (first.clock_ratio, second.clock_ratio) == (0.857, 0.5)
    assert (first.progress, second.progress) == (40, 60)
    assert info.average_cpu_usage == 62.5
    assert (info.max_frequency_ghz, info.min_frequency_ghz, info.average_frequency_ghz) == (3, 1, 2)
    assert (info.average_max_frequency_ghz, info.cluster_power_indicator) == (2.75, 0.727)
    assert (info.total_network_in_kbps, info.total_network_out_kbps) == (40, 60)
    assert (info.average_network_in_kbps, info.average_network_out_kbps) == (20, 30)
    assert info.average_memory_usage == 0.375
    assert sorted(c.running_core_count for c in info.running_core_count_by_cpu_model) == [4, 4]


def test_what_was_not_measured_yet_is_0() -> None:
    [one] = usage([attempt(0, Phase.DOWNLOAD)], NOW).per_running_instance_info
    assert (one.cpu_usage, one.current_memory_mb, one.current_frequency_ghz, one.clock_ratio) == (
        0,
        0,
        3.5,
        1,
    )
