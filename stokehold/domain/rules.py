"""The rules of a submission (api.md 3.1, semantics.md 1 and 3). Each names the field that breaks it."""

import re
from collections.abc import Iterator, Sequence

from stokehold.domain import hardware, patterns, progress
from stokehold.domain.errors import Invalid
from stokehold.domain.moments import timespan
from stokehold.domain.ranges import LARGEST_ID
from stokehold.domain.task import (
    CONSTANTS_MAX,
    LABELS_MAX,
    NAME_MAX,
    SHORTNAME_MAX,
    TAG_MAX,
    TAGS_MAX,
    TEXT_MAX,
    KeyValue,
    RetrySettings,
    Scheduling,
    Spec,
)

BUCKETS_MAX = 100
RESERVATION_MAX = 255
RANGES_MAX = 65_536  # characters of advancedRanges: they are rewritten at every lease

_SHORTNAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?")
_KEY = re.compile(r"[A-Za-z0-9_.\-]+")
_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._\-]{0,254}")


def validate(spec: Spec) -> None:
    """Raise Invalid, naming the field and the rule, unless every rule is kept."""
    check_names(spec.name, spec.shortname)
    _check_origin(spec)
    _check_instances(spec)
    _check_buckets(spec)
    check_constants(spec.constants)
    _check_forced(spec)
    check_tags(spec.tags)
    _check_labels(spec.labels)
    _check_filters(spec)
    _check_amounts(spec)
    _check_scheduling(spec)
    _check_hardware(spec)


def check_constants(constants: Sequence[KeyValue], name: str = "constants") -> None:
    """The rules of constants, which may also change while a task runs."""
    if len(constants) > CONSTANTS_MAX:
        raise Invalid(name, f"there may be at most {CONSTANTS_MAX}, not {len(constants)}")
    for index, constant in enumerate(constants):
        _check_key(constant.key, f"{name}[{index}].key")
        _check_length(constant.key, f"{name}[{index}].key", constant.key)
        _check_length(constant.value, f"{name}[{index}].value", constant.key)
        if constant.key in progress.PATTERNS and constant.value:
            progress.check(f"{name}[{index}].value", constant.value)


def _check_forced(spec: Spec) -> None:
    forced = [KeyValue(f.constant_name, f.forced_value or "") for f in spec.forced_constants]
    names = [f.key for f in forced]
    if len(forced) > CONSTANTS_MAX:
        raise Invalid("forcedConstants", f"there may be at most {CONSTANTS_MAX}, not {len(forced)}")
    for index, constant in enumerate(forced):
        place = f"forcedConstants[{index}]"
        _check_key(constant.key, f"{place}.constantName")
        _check_length(constant.key, f"{place}.constantName", constant.key)
        _check_length(constant.value, f"{place}.forcedValue", constant.key)
        if constant.key in names[:index]:
            raise Invalid(f"{place}.constantName", f"{constant.key[:80]} is forced twice")


def _check_key(key: str, name: str) -> None:
    if not _KEY.fullmatch(key):
        raise Invalid(name, f"{key[:80]!r} may hold only A-Z a-z 0-9 _ . - and at least one")


def _check_length(text: str, name: str, key: str) -> None:
    if len(text) > TEXT_MAX:
        raise Invalid(name, f"may have at most {TEXT_MAX} characters ({key[:80]})")


def _check_labels(labels: dict[str, str]) -> None:
    if len(labels) > LABELS_MAX:
        raise Invalid("labels", f"there may be at most {LABELS_MAX}, not {len(labels)}")
    for key, value in labels.items():
        if max(len(key), len(value)) > TEXT_MAX:
            raise Invalid(f"labels.{key[:80]}", f"key and value may have at most {TEXT_MAX} characters each")


def check_tags(tags: Sequence[str]) -> None:
    """The rules of tags, which may also change while a task runs."""
    if len(tags) > TAGS_MAX:
        raise Invalid("tags", f"there may be at most {TAGS_MAX}, not {len(tags)}")
    for index, tag in enumerate(tags):
        if len(tag) > TAG_MAX:
            raise Invalid(f"tags[{index}]", f"must have fewer than {TAG_MAX + 1} characters")


def check_names(name: str, shortname: str | None) -> None:
    """The rules of the names of tasks and jobs."""
    if not 1 <= len(name) <= NAME_MAX:
        raise Invalid("name", f"must have 1 to {NAME_MAX} characters, not {len(name)}")
    if shortname is not None and not (len(shortname) <= SHORTNAME_MAX and _SHORTNAME.fullmatch(shortname)):
        raise Invalid(
            "shortname",
            "may hold only letters, digits and hyphens, must begin and end with a letter or digit, "
            f"and may have at most {SHORTNAME_MAX} characters",
        )


def _check_origin(spec: Spec) -> None:
    if spec.pool_uuid and spec.job_uuid:
        raise Invalid("poolUuid", "a task of a job takes the job's pool: give poolUuid or jobUuid, not both")
    if spec.pool_uuid and spec.profile:
        raise Invalid(
            "profile", "a task in a pool has the pool's profile: give profile or poolUuid, not both"
        )
    if not (spec.profile or spec.pool_uuid or spec.job_uuid):
        raise Invalid("profile", "is required")


def _check_instances(spec: Spec) -> None:
    """Exactly one of the two; .NET clients send instanceCount 0 beside ranges."""
    if spec.instance_count and spec.advanced_ranges:
        raise Invalid("instanceCount", "give either instanceCount or advancedRanges, not both")
    if spec.advanced_ranges:
        if len(spec.advanced_ranges) > RANGES_MAX:
            raise Invalid("advancedRanges", f"may have at most {RANGES_MAX} characters")
        spec.ids()
    elif spec.instance_count is None:
        raise Invalid("instanceCount", "is required, unless advancedRanges is given")
    elif not 1 <= spec.instance_count <= LARGEST_ID:
        raise Invalid("instanceCount", f"must be from 1 to {LARGEST_ID}, not {spec.instance_count}")
    if spec.told_instance_count is not None and not 1 <= spec.told_instance_count <= LARGEST_ID:
        raise Invalid("toldInstanceCount", f"must be from 1 to {LARGEST_ID}, not {spec.told_instance_count}")


def _check_buckets(spec: Spec) -> None:
    if spec.resource_buckets and spec.advanced_resource_buckets:
        raise Invalid("resourceBuckets", "give either resourceBuckets or advancedResourceBuckets, not both")
    count = len(spec.buckets())
    if count > BUCKETS_MAX:
        name = "resourceBuckets" if spec.resource_buckets else "advancedResourceBuckets"
        raise Invalid(name, f"there may be at most {BUCKETS_MAX}, not {count}")
    if spec.result_bucket and spec.results_bucket not in {None, "", spec.result_bucket}:
        raise Invalid("resultsBucket", "is another name of resultBucket: give one of them")
    for name, bucket in _bucket_names(spec):
        check_bucket(name, bucket)


def check_bucket(name: str, bucket: str) -> None:
    """The rule of the names of buckets."""
    if not _BUCKET.fullmatch(bucket):
        raise Invalid(name, f"{bucket[:80]!r} is not the name of a bucket")


def _bucket_names(spec: Spec) -> Iterator[tuple[str, str]]:
    for index, name in enumerate(spec.resource_buckets):
        yield f"resourceBuckets[{index}]", name
    for index, bucket in enumerate(spec.advanced_resource_buckets):
        yield f"advancedResourceBuckets[{index}].bucketName", bucket.bucket_name
    results = (("resultBucket", spec.result_bucket), ("resultsBucket", spec.results_bucket))
    for name, one in (*results, ("snapshotBucket", spec.snapshot_bucket)):
        if one:
            yield name, one


def _check_filters(spec: Spec) -> None:
    filters = {
        "resultsWhitelist": spec.results_whitelist,
        "resultsBlacklist": spec.results_blacklist,
        "snapshotWhitelist": spec.snapshot_whitelist,
        "snapshotBlacklist": spec.snapshot_blacklist,
    }
    for name, pattern in filters.items():
        if pattern:
            patterns.check(name, pattern)


def _check_amounts(spec: Spec) -> None:
    asked = spec.retry_settings or RetrySettings()
    amounts = {
        "maxRetriesPerInstance": spec.max_retries_per_instance,
        "maxTimeQueueSeconds": spec.max_time_queue_seconds,
        "maxRunningInstances": spec.max_running_instances,
        "resultsCacheTTLSec": spec.results_cache_ttl_sec,
        "defaultResourcesCacheTTLSec": spec.default_resources_cache_ttl_sec,
        "retrySettings.maxTotalRetries": asked.max_total_retries,
        "retrySettings.maxPerInstanceRetries": asked.max_per_instance_retries,
    }
    amounts |= {
        f"advancedResourceBuckets[{i}].cacheTTLSec": b.cache_ttl_sec
        for i, b in enumerate(spec.advanced_resource_buckets)
    }
    for name, amount in amounts.items():
        if amount is not None and amount < 0:
            raise Invalid(name, f"must not be negative ({amount})")
    both = {spec.max_retries_per_instance or 0, asked.max_per_instance_retries or 0}
    if 0 not in both and len(both) > 1:
        raise Invalid(
            "maxRetriesPerInstance", "conflicts with retrySettings.maxPerInstanceRetries: give one of them"
        )
    if spec.completion_time_to_live and timespan(spec.completion_time_to_live, "completionTimeToLive") < 0:
        raise Invalid("completionTimeToLive", "must not be negative")


def _check_scheduling(spec: Spec) -> None:
    targets = {
        "targetedReservedMachineKey": spec.targeted_reserved_machine_key,
        "targetedReservationName": spec.targeted_reservation_name,
    }
    for name, target in targets.items():
        if target and spec.scheduling_type is not Scheduling.RESERVED:
            raise Invalid(name, "is only for the scheduling type reserved")
        if target and len(target) > RESERVATION_MAX:
            raise Invalid(name, f"may have at most {RESERVATION_MAX} characters")
    if all(targets.values()):
        raise Invalid("targetedReservedMachineKey", "give it or targetedReservationName, not both")


def _check_hardware(spec: Spec) -> None:
    if spec.constraints:
        raise Invalid(
            "constraints",
            "are placement constraints of an older interface, which nothing here can read: use hardwareConstraints",
        )
    if spec.hardware_constraints and spec.pool_uuid:
        raise Invalid(
            "hardwareConstraints", "a task in a pool runs on the pool's machines: give them to the pool"
        )
    hardware.check(spec.hardware_constraints)
