"""The one place where the stored task becomes what clients read (api.md 3.2, 7)."""

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar
from urllib.parse import urlsplit

import msgspec
from msgspec import UNSET, UnsetType
from msgspec.structs import asdict

from stokehold.api.answers import (
    ClusterInfo,
    Dependencies,
    ResultConflict,
    ResultConflicts,
    RuntimeUsed,
    Task,
    TaskSummary,
)
from stokehold.api.instances import completed, error, reason
from stokehold.api.joining import waiting
from stokehold.api.measures import Timing, progress, status
from stokehold.api.progress import Error, Status
from stokehold.domain.errors import Failure, Faults
from stokehold.domain.moments import date_text, timespan_text
from stokehold.domain.ranges import Ranges
from stokehold.domain.task import Privileges, RetrySettings, SecretsAccessRights, Spec
from stokehold.store import tasks
from stokehold.store.conflicts import Conflict
from stokehold.store.dependencies import Dependency
from stokehold.store.snapshots import stored

V = TypeVar("V")

_spec = msgspec.json.Decoder(Spec)
_failure = msgspec.json.Decoder(Failure)
_ABORTED = Failure.of(Faults.CANCELLED, reason="it was aborted by its owner")


class View(msgspec.Struct):
    """Everything that an answer about one task is made of."""

    row: tasks.Task
    spec: Spec
    now: int
    storage: str = ""  # the endpoint that results are shown under
    active: Sequence[tasks.Attempt] = ()
    ended: Sequence[tasks.Attempt] = ()
    failed: Sequence[tasks.Attempt] = ()
    conflicts: Sequence[Conflict] = ()
    snapshot: tuple[str, Sequence[str]] = ("", ())  # bucket and keys of the newest one
    dependencies: Sequence[Dependency] = ()
    explanation: str = ""


def read_spec(row: tasks.Task) -> Spec:
    """The submission of a task."""
    return _spec.decode(row.spec)


def summary_view(row: tasks.Task, active: Sequence[tasks.Attempt], now: int) -> View:
    return View(row, read_spec(row), now, active=active)


def render_summary(view: View) -> TaskSummary:
    """A task in short."""
    return TaskSummary(**_summary(view, Timing.of(view.row, view.active, view.now)))


def render(view: View) -> Task:
    """A task in full."""
    row, spec = view.row, view.spec
    timing = Timing.of(row, view.active, view.now)
    begun = bool(row.active or row.ended)
    return Task(
        **_summary(view, timing),
        errors=list(_errors(row, (*view.failed, *view.ended))),
        completed_instances=completed(row, spec, view.ended, view.storage),
        status=_status(view, timing) if begun else UNSET,
        runtimes=_runtimes((*view.active, *view.ended)) or UNSET,
        results_count=row.results_count,
        result_conflicts=_conflicts(view) if row.result_conflicts else UNSET,
        snapshot_interval=row.snapshot_every_s,
        inputs_revision=row.inputs_revision,
        constants=spec.shown_constants(),
        forced_constants=spec.forced_constants,
        secrets_access_rights=spec.secrets_access_rights or SecretsAccessRights(),
        privileges=spec.privileges or Privileges(),
        retry_settings=spec.retry_settings or RetrySettings(),
        tags=spec.tags,
        labels=spec.labels,
        resource_buckets=spec.resource_buckets,
        advanced_resource_buckets=spec.advanced_resource_buckets,
        auto_delete_on_completion=spec.auto_delete_on_completion,
        completion_time_to_live=spec.completion_time_to_live or "00:00:00",
        scheduling_type=spec.scheduling,
        hardware_constraints=spec.hardware_constraints,
        explanation=view.explanation or UNSET,
        results_cache_ttl_sec_for_python=_set(spec.results_cache_ttl_sec),
        dependencies=_waiting(view),
        **(_echo(spec) | _snapshot_settings(row)),
    )


def _status(view: View, timing: Timing) -> Status:
    shown = status(view.row, timing, view.active, view.ended)
    bucket, keys = view.snapshot
    if keys and shown.running_instances_info:
        folder = f"s3://{urlsplit(view.storage).netloc}/{bucket}/"
        shown.running_instances_info.snapshot_results = [folder + key for key in keys]
    return shown


def _conflicts(view: View) -> ResultConflicts:
    keys = [
        ResultConflict(key=c.key, replaced_instance_id=c.replaced, kept_instance_id=c.kept, times=c.times)
        for c in view.conflicts
    ]
    return ResultConflicts(count=view.row.result_conflicts, keys=keys)


def _snapshot_settings(row: tasks.Task) -> dict[str, str]:
    """Those that a periodic call has put in place of what was submitted."""
    config = stored(row.snapshot_config)
    return {f"snapshot_{name}": value for name, value in asdict(config).items() if value is not None}


def _waiting(view: View) -> Dependencies | UnsetType:
    asked = view.spec.dependencies
    if asked is None or not view.dependencies:
        return UNSET
    return waiting(view.dependencies, advanced=bool(asked.advanced_depends_on))


def _runtimes(attempts: Iterable[tasks.Attempt]) -> list[RuntimeUsed]:
    """The runtimes of the nodes that have or had these attempts."""
    used = {attempt.node.runtime: attempt.node.runtime_note for attempt in attempts}
    return [RuntimeUsed(name=name, note=note) for name, note in sorted(used.items())]


#: Fields that are answered as they were submitted, and absent when they were not.
_ECHOED = (
    "result_bucket", "results_bucket_prefix", "results_whitelist", "results_blacklist", "snapshot_whitelist",
    "snapshot_blacklist", "snapshot_bucket", "snapshot_bucket_prefix", "results_cache_ttl_sec",
    "default_resources_cache_ttl_sec", "upload_results_on_cancellation", "project_uuid",
    "max_time_queue_seconds", "targeted_reserved_machine_key", "targeted_reservation_name", "max_running_instances",
)  # fmt: skip


def _echo(spec: Spec) -> dict[str, Any]:
    return {name: value for name in _ECHOED if (value := getattr(spec, name)) is not None}


def _summary(view: View, timing: Timing) -> dict[str, Any]:
    row, spec = view.row, view.spec
    running = _running_cores(row, view.active)
    return {
        "uuid": row.uuid,
        "name": row.name,
        "shortname": spec.shortname or row.uuid,
        "profile": row.profile,
        "job_uuid": _set(spec.job_uuid),
        "state": row.state,
        "previous_state": _set(row.previous_state),
        "progress": progress(row, view.active),
        "instance_count": 0 if spec.advanced_ranges else row.total,
        "total_instance_count": row.total,
        "advanced_ranges": _set(spec.advanced_ranges or None),
        "running_instance_count": row.running,
        "running_core_count": running,
        "cluster_info": ClusterInfo(cluster_cores_count=running),
        "execution_time": timespan_text(timing.execution_us),
        "wall_time": timespan_text(timing.wall_us),
        "creation_date": date_text(row.created_at),
        "state_transition_time": date_text(row.state_at),
        "previous_state_transition_time": date_text(row.previous_state_at),
        "last_modified": date_text(row.modified_at),
        "end_date": date_text(row.ended_at),
        "max_retries_per_instance": spec.max_retries_per_instance or 0,
        "wait_for_pool_resources_synchronization": _set(spec.wait_for_pool_resources_synchronization),
    }


def _set(value: V | None) -> V | UnsetType:
    return UNSET if value is None else value


def _running_cores(row: tasks.Task, active: Sequence[tasks.Attempt]) -> int:
    """Of all running instances, from those that were read."""
    if not active or not row.running:
        return 0
    return round(row.running * sum(tasks.cores_each(attempt.node) for attempt in active) / len(active))


def _errors(row: tasks.Task, attempts: Iterable[tasks.Attempt]) -> Iterable[Error]:
    """Why the task as a whole failed, one error for each distinct failure, and one for a cancellation."""
    seen: dict[tuple[str, str], Failure] = {}
    whole = _failure.decode(row.failure) if row.failure else None
    cancelled = whole is not None and whole.code == Faults.CANCELLED.code
    if whole is not None and not cancelled:
        seen[whole.code, whole.message] = whole
    failed = Ranges.stored(row.failed_range)
    for attempt in attempts:
        stopped = whole is not None and not cancelled and attempt.report is None
        failure = reason(attempt) if attempt.instance_id in failed and not stopped else None
        if failure is not None:
            seen.setdefault((failure.code, failure.message), failure)
    if row.cancel_asked and row.cancelled:
        seen["", ""] = whole if whole is not None and cancelled else _ABORTED
    return (error(failure) for failure in seen.values())
