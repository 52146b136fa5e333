"""Tasks: what a user submits (api.md 3.1). The rules that it must keep are in `rules`."""

from enum import StrEnum
from typing import Annotated, Any

from msgspec import Meta, Struct, field

from stokehold.domain.ranges import Ranges

NAME_MAX = 2047
SHORTNAME_MAX = 255
TEXT_MAX = 2048  # a key or value of a constant
CONSTANTS_MAX = 150
TAGS_MAX = 10
TAG_MAX = 511
LABELS_MAX = 150

SECRET_PREFIX = "QARNOT_SECRET_"  # constants so named are never shown again
SECRET_SHOWN = "[SECRET]"  # what is shown instead


#: Text that may come as a JSON number or boolean: users write SLOTS = 26.
LaxText = Annotated[str, Meta(extra={"lax": True})]


class Part(Struct, rename="camel", omit_defaults=True):
    """A piece of a submission. What is not set is absent from its JSON."""


class Scheduling(StrEnum):
    """How urgent a task is, and whether it may be interrupted."""

    FLEX = "flex"
    ON_DEMAND = "onDemand"
    RESERVED = "reserved"


class KeyValue(Part):
    """A constant, or a legacy constraint."""

    key: Annotated[str, Meta(max_length=TEXT_MAX, pattern=r"^[A-Za-z0-9_.\-]+$")]
    value: Annotated[LaxText, Meta(max_length=TEXT_MAX)]


class Prefix(Part):
    """The beginning of keys."""

    prefix: str = ""


class Filtering(Part):
    """Which objects of a bucket an instance sees."""

    prefix_filtering: Prefix | None = None


class Transformation(Part):
    """How the keys of a bucket become paths."""

    strip_prefix: Prefix | None = None


class AdvancedBucket(Part):
    """An input bucket, or a part of one."""

    bucket_name: str
    filtering: Filtering | None = None
    resources_transformation: Transformation | None = None
    cache_ttl_sec: int | None = field(default=None, name="cacheTTLSec")

    @property
    def prefix(self) -> str:
        """Only keys that begin with this are inputs."""
        chosen = self.filtering and self.filtering.prefix_filtering
        return chosen.prefix if chosen else ""

    @property
    def stripped(self) -> str:
        """What is taken from the beginning of keys to make paths."""
        chosen = self.resources_transformation and self.resources_transformation.strip_prefix
        return chosen.prefix if chosen else ""


class RetrySettings(Part):
    """How often failed instances are tried again; 0 or absent: that limit is not set."""

    max_total_retries: int | None = None
    max_per_instance_retries: int | None = None


class Privileges(Part):
    """What the program may know of its owner."""

    export_api_and_storage_credentials_in_environment: bool = False


class ByKey(Part):
    key: str


class ByPrefix(Part):
    prefix: str


class SecretsAccessRights(Part):
    """The secrets that the program may read."""

    by_secret: list[ByKey] = []
    by_prefix: list[ByPrefix] = []


class ForcedAccess(StrEnum):
    """Whether the owner of a task may change a constant of it later. .NET clients send the place in this list."""

    READ_ONLY = "readOnly"
    READ_WRITE = "readWrite"


class ForcedConstant(Part):
    """A constant that is so whatever the profile and the task say. What is absent stays as it is."""

    constant_name: Annotated[str, Meta(max_length=TEXT_MAX, pattern=r"^[A-Za-z0-9_.\-]+$")]
    forced_value: Annotated[LaxText, Meta(max_length=TEXT_MAX)] | None = None
    force_export_in_environment: bool | None = None
    access: ForcedAccess | None = None


class AdvancedDependency(Part):
    """A task to wait for, and the ends of it that let this one start."""

    task_uuid: str
    task_final_state_condition: list[str] | None = None


class Dependencies(Part):
    """The tasks of the same job to wait for."""

    depends_on: list[str] = []
    advanced_depends_on: list[AdvancedDependency] = []


class Discriminator(StrEnum):
    """The kinds of hardware constraints."""

    MINIMUM_CORES = "MinimumCoreHardwareConstraint"
    MAXIMUM_CORES = "MaximumCoreHardwareConstraint"
    MINIMUM_RAM = "MinimumRamHardwareConstraint"
    MAXIMUM_RAM = "MaximumRamHardwareConstraint"
    MINIMUM_RAM_CORE_RATIO = "MinimumRamCoreRatioHardwareConstraint"
    MAXIMUM_RAM_CORE_RATIO = "MaximumRamCoreRatioHardwareConstraint"
    SPECIFIC = "SpecificHardwareConstraint"
    CPU_MODEL = "CpuModelHardwareConstraint"
    GPU = "GpuHardwareConstraint"
    NO_GPU = "NoGpuHardwareConstraint"
    SSD = "SSDHardwareConstraint"
    NO_SSD = "NoSSDHardwareConstraint"


class HardwareConstraint(Part):
    """What a node must be like; which field counts is told by the discriminator."""

    discriminator: Discriminator
    core_count: int | None = None
    minimum_memory_mb: float | None = field(default=None, name="minimumMemoryMB")
    maximum_memory_mb: float | None = field(default=None, name="maximumMemoryMB")
    minimum_memory_gb_core_ratio: float | None = field(default=None, name="minimumMemoryGBCoreRatio")
    maximum_memory_gb_core_ratio: float | None = field(default=None, name="maximumMemoryGBCoreRatio")
    specification_key: str | None = None
    cpu_model: str | None = None


class Spec(Part, kw_only=True):
    """A submission. Its JSON is what the store keeps and what every later answer echoes."""

    name: Annotated[str, Meta(min_length=1, max_length=NAME_MAX)]
    shortname: Annotated[str, Meta(max_length=SHORTNAME_MAX)] | None = None
    profile: str | None = None
    pool_uuid: str | None = None
    job_uuid: str | None = None
    project_uuid: str | None = None
    instance_count: int | None = None
    advanced_ranges: str | None = None
    resource_buckets: list[str] = []
    advanced_resource_buckets: list[AdvancedBucket] = []
    result_bucket: str | None = None
    results_bucket: str | None = None
    results_bucket_prefix: str | None = None
    results_whitelist: str | None = None
    results_blacklist: str | None = None
    snapshot_whitelist: str | None = None
    snapshot_blacklist: str | None = None
    snapshot_bucket: str | None = None
    snapshot_bucket_prefix: str | None = None
    results_cache_ttl_sec: int | None = field(default=None, name="resultsCacheTTLSec")
    default_resources_cache_ttl_sec: int | None = field(default=None, name="defaultResourcesCacheTTLSec")
    constants: Annotated[list[KeyValue], Meta(max_length=CONSTANTS_MAX)] = []
    forced_constants: Annotated[list[ForcedConstant], Meta(max_length=CONSTANTS_MAX)] = []
    constraints: list[KeyValue] = []
    hardware_constraints: list[HardwareConstraint] = []
    labels: dict[str, LaxText] = {}
    tags: Annotated[list[Annotated[str, Meta(max_length=TAG_MAX)]], Meta(max_length=TAGS_MAX)] = []
    dependencies: Dependencies | None = None
    auto_delete_on_completion: bool = False
    completion_time_to_live: str | None = None
    wait_for_pool_resources_synchronization: bool | None = None
    upload_results_on_cancellation: bool | None = None
    scheduling_type: Scheduling | None = None
    targeted_reserved_machine_key: str | None = None
    targeted_reservation_name: str | None = None
    privileges: Privileges | None = None
    retry_settings: RetrySettings | None = None
    max_retries_per_instance: int | None = None
    max_time_queue_seconds: int | None = None
    max_running_instances: int | None = None  # ours: how many of them may be at work at once; 0: no limit
    forced_network_rules: list[dict[str, Any]] = []
    secrets_access_rights: SecretsAccessRights | None = None
    told_instance_count: int | None = None  # what INSTANCE_COUNT says, unless it is the number of instances

    def ids(self) -> Ranges:
        """The ids of the instances."""
        return (
            Ranges.parse(self.advanced_ranges)
            if self.advanced_ranges
            else Ranges.first(self.instance_count or 0)
        )

    @property
    def scheduling(self) -> Scheduling:
        """How urgent the task is."""
        return self.scheduling_type or Scheduling.FLEX

    @property
    def reservation(self) -> str | None:
        """The name of the reservation, or the key of the reserved machines, that the task wants."""
        return self.targeted_reservation_name or self.targeted_reserved_machine_key or None

    def buckets(self) -> list[AdvancedBucket]:
        """The input buckets, in the order in which later ones cover earlier ones."""
        return [AdvancedBucket(name) for name in self.resource_buckets] + self.advanced_resource_buckets

    def retries(self) -> tuple[int | None, int | None]:
        """(retries of the whole task, retries of one instance); None: that limit is not set."""
        asked = self.retry_settings or RetrySettings()
        return (
            asked.max_total_retries or None,
            asked.max_per_instance_retries or self.max_retries_per_instance or None,
        )

    def shown_constants(self) -> list[KeyValue]:
        """The constants without the values of secret ones."""
        return [
            KeyValue(c.key, SECRET_SHOWN) if c.key.startswith(SECRET_PREFIX) else c for c in self.constants
        ]

    @property
    def exports_credentials(self) -> bool:
        """Whether its instances are given credentials of their owner's account."""
        return bool(self.privileges and self.privileges.export_api_and_storage_credentials_in_environment)
