from stokehold.api.progress import CompletedInstance, RunningInstance, RunningInstances, Status

#: The names of api.md 3.3b and 3.3c that are spelled unlike their rule.
NAMES = {
    CompletedInstance: {"execTimeSecGHz", "peakMemoryMB", "averageGHz", "executionAttemptCount", "wallTimeSec"},
    RunningInstance: {
        "maxFrequencyGHz", "currentFrequencyGHz", "maxMemoryMB", "currentMemoryMB", "networkInKbps",
        "executionTimeGHz", "activeForwards", "vpnConnections",
    },
    RunningInstances: {"averageFrequencyGHz", "averageMaxFrequencyGHz", "runningCoreCountByCpuModel"},
    Status: {"executionTimeByCpuModel", "executionTimeGhzByCpuModel", "startedOnceRange", "downloadTimeSec"},
}  # fmt: skip


def test_names_are_spelled_as_clients_read_them() -> None:
    for kind, names in NAMES.items():
        assert names <= set(kind.__struct_encode_fields__), kind.__name__
