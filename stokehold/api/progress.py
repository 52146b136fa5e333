"""How far a task and its instances are, on the wire (api.md 3.3)."""

from msgspec import UNSET, Struct, UnsetType, field

Text = str | UnsetType


class Answer(Struct, rename="camel", kw_only=True):
    """A piece of an answer."""


class Error(Answer, kw_only=True):
    """Why a task or an instance failed. Codes are stable."""

    code: str
    message: str
    debug: Text = UNSET


class CompletedInstance(Answer, kw_only=True):
    """How one instance ended. Times are seconds."""

    instance_id: int
    state: str
    results: list[str]
    wall_time_sec: float
    exec_time_sec: float
    exec_time_sec_ghz: float = field(name="execTimeSecGHz")
    peak_memory_mb: float = field(name="peakMemoryMB")
    average_ghz: float = field(name="averageGHz")
    clock_ratio: float = 1
    specification_key: str
    cpu_model: str
    core_count: int
    execution_attempt_count: int
    error: Error | UnsetType = UNSET


class CpuTime(Answer, kw_only=True):
    """Seconds of execution on a model of CPU."""

    model: str
    time: float
    core: int


class CpuGhzTime(Answer, kw_only=True):
    """Seconds of execution on a model of CPU, times its GHz."""

    model: str
    time_ghz: float
    clock_ratio: float = 1
    core: int


class SpecificationTime(Answer, kw_only=True):
    """Seconds of execution on a kind of machine."""

    specification_key: str
    time: float


class SiteTime(Answer, kw_only=True):
    """Seconds of execution on a kind of machine of a site."""

    site_uuid: str
    specification_key: str
    time: float


class InstanceTime(Answer, kw_only=True):
    """Seconds of execution of one instance, and these times the GHz."""

    instance_id: int
    specification_key: str
    site_uuid: str
    time: float
    time_ghz: float
    clock_ratio: float


class RunningInstance(Answer, kw_only=True):
    """An instance that a node has begun. What it uses is measured every few seconds; 0 until it has been."""

    phase: str
    instance_id: int
    max_frequency_ghz: float = field(name="maxFrequencyGHz")
    current_frequency_ghz: float = field(name="currentFrequencyGHz")
    cpu_usage: float = 0
    max_memory_mb: float = field(name="maxMemoryMB")
    current_memory_mb: float = field(name="currentMemoryMB", default=0)
    memory_usage: float = 0
    network_in_kbps: float = 0
    network_out_kbps: float = 0
    progress: float = 0
    execution_time_sec: float
    execution_time_ghz: float = field(name="executionTimeGHz")
    specification_key: str
    cpu_model: str
    core_count: int
    execution_attempt_count: int
    clock_ratio: float = 1
    active_forwards: tuple[str, ...] = ()
    vpn_connections: tuple[str, ...] = ()
    inputs_revision: int = 0  # of the inputs that have arrived; not part of the vendor's interface
    inputs_error: Text = UNSET  # why newer ones have not


class RunningCores(Answer, kw_only=True):
    """Cores that run instances, of one model of CPU."""

    model: str
    core: int
    running_core_count: int


class RunningInstances(Answer, kw_only=True):
    """Everything that runs now, as it was last measured."""

    per_running_instance_info: list[RunningInstance]
    snapshot_results: list[str] = []  # of the newest snapshot that has stored something
    timestamp: str
    average_frequency_ghz: float = field(name="averageFrequencyGHz")
    max_frequency_ghz: float = field(name="maxFrequencyGHz")
    min_frequency_ghz: float = field(name="minFrequencyGHz")
    average_max_frequency_ghz: float = field(name="averageMaxFrequencyGHz")
    average_cpu_usage: float = 0
    cluster_power_indicator: float = 1
    average_memory_usage: float = 0
    average_network_in_kbps: float = 0
    average_network_out_kbps: float = 0
    total_network_in_kbps: float = 0
    total_network_out_kbps: float = 0
    running_core_count_by_cpu_model: list[RunningCores]


class Status(Answer, kw_only=True):
    """How far a task is. Times are sums over its instances, but for the wall time."""

    timestamp: str
    last_update_timestamp: str
    download_progress: float
    execution_progress: float
    upload_progress: float
    instance_count: int
    download_time: str
    download_time_sec: float
    environment_time: str
    environment_time_sec: float
    execution_time: str
    execution_time_sec: float
    upload_time: str
    upload_time_sec: float
    wall_time: str
    wall_time_sec: float
    # The Python client fails without these two lists.
    execution_time_by_cpu_model: list[CpuTime]
    execution_time_ghz_by_cpu_model: list[CpuGhzTime]
    execution_time_by_machine_specification: list[SpecificationTime]
    execution_time_by_site_and_machine: list[SiteTime]
    execution_time_by_instance_id: list[InstanceTime]
    succeeded_range: str
    executed_range: str
    failed_range: str
    failed_only_range: str
    cancelled_range: str
    started_once_range: str
    running_instances_info: RunningInstances | UnsetType = UNSET
