"""What tasks look like on the wire (api.md 3.2). What has no value is absent; lists are there when empty."""

from typing import Generic, TypeVar

from msgspec import UNSET, UnsetType, field

from stokehold.api.progress import Answer, CompletedInstance, Error, Status, Text
from stokehold.domain.task import (
    AdvancedBucket,
    ForcedConstant,
    HardwareConstraint,
    KeyValue,
    Privileges,
    RetrySettings,
    SecretsAccessRights,
)

Number = int | UnsetType
T = TypeVar("T")


class Created(Answer, kw_only=True):
    """What a submission answers."""

    uuid: str


class Item(Answer, kw_only=True):
    """What became of one submission among several."""

    status_code: int
    uuid: str | None = None
    message: str | None = None


class ClusterInfo(Answer, kw_only=True):
    """The cores that a task has now."""

    cluster_cores_count: int


class RuntimeUsed(Answer, kw_only=True):
    """What carries a task's instances out, in words for its owner. Not part of the vendor's interface."""

    name: str
    note: str


class ResultConflict(Answer, kw_only=True):
    """A key that several instances have written: the last upload won. Not part of the vendor's interface."""

    key: str
    replaced_instance_id: int
    kept_instance_id: int
    times: int


class ResultConflicts(Answer, kw_only=True):
    """How often a result replaced that of another instance, and the first hundred keys."""

    count: int
    keys: list[ResultConflict]


class AdvancedDependency(Answer, kw_only=True):
    """A task that another waits for, and how that stands."""

    task_uuid: str
    task_final_state_condition: list[str] | None = None
    state: str
    actual_final_state: str | None = None


class Dependencies(Answer, kw_only=True):
    """What a task waits for, or waited for."""

    depends_on: list[str]
    advanced_depends_on: list[AdvancedDependency] | UnsetType = UNSET
    state: str


class TaskSummary(Answer, kw_only=True):
    """A task in short."""

    uuid: str
    name: str
    shortname: str
    profile: str
    job_uuid: Text = UNSET
    state: str
    previous_state: Text = UNSET
    progress: float
    instance_count: int
    total_instance_count: int
    advanced_ranges: Text = UNSET
    running_instance_count: int
    running_core_count: int
    cluster_info: ClusterInfo
    execution_time: str
    wall_time: str
    creation_date: str
    state_transition_time: str
    previous_state_transition_time: str
    last_modified: str
    end_date: str
    max_retries_per_instance: int
    wait_for_pool_resources_synchronization: bool | UnsetType = UNSET


class Task(TaskSummary, kw_only=True):
    """A task."""

    errors: list[Error]
    completed_instances: list[CompletedInstance]
    status: Status | UnsetType = UNSET
    runtimes: list[RuntimeUsed] | UnsetType = UNSET
    results_count: int
    result_conflicts: ResultConflicts | UnsetType = UNSET
    snapshot_interval: int
    inputs_revision: int  # grows with each refresh; instances tell in theirs what has arrived
    constants: list[KeyValue]
    forced_constants: list[ForcedConstant]
    constraints: tuple[KeyValue, ...] = ()
    hardware_constraints: list[HardwareConstraint]
    forced_network_rules: tuple[str, ...] = ()
    secrets_access_rights: SecretsAccessRights
    privileges: Privileges
    retry_settings: RetrySettings
    tags: list[str]
    labels: dict[str, str]
    resource_buckets: list[str]
    advanced_resource_buckets: list[AdvancedBucket]
    result_bucket: Text = UNSET
    results_bucket_prefix: Text = UNSET
    results_whitelist: Text = UNSET
    results_blacklist: Text = UNSET
    snapshot_whitelist: Text = UNSET
    snapshot_blacklist: Text = UNSET
    snapshot_bucket: Text = UNSET
    snapshot_bucket_prefix: Text = UNSET
    # The Python client knows the second spelling alone.
    results_cache_ttl_sec: Number = field(name="resultsCacheTTLSec", default=UNSET)
    results_cache_ttl_sec_for_python: Number = field(name="ResultsCacheTTLSec", default=UNSET)
    default_resources_cache_ttl_sec: Number = field(name="defaultResourcesCacheTTLSec", default=UNSET)
    dependencies: Dependencies | UnsetType = UNSET
    auto_delete_on_completion: bool
    completion_time_to_live: str
    upload_results_on_cancellation: bool | UnsetType = UNSET
    scheduling_type: str
    targeted_reserved_machine_key: Text = UNSET
    targeted_reservation_name: Text = UNSET
    max_running_instances: Number = UNSET
    explanation: Text = UNSET
    project_uuid: Text = UNSET
    max_time_queue_seconds: Number = UNSET


class Explanation(Answer, kw_only=True):
    """Why a task does not run, or that it does, in a sentence. Not part of the vendor's interface."""

    explanation: str


class Page(Answer, Generic[T], kw_only=True):
    """Some of the tasks that match, and where the others are."""

    data: list[T]
    count: int
    total: int
    is_truncated: bool
    next_token: Text = UNSET
    token: Text = UNSET
