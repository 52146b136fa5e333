from typing import Any

import pytest

from stokehold.domain.errors import Invalid
from stokehold.domain.rules import check_constants, check_tags, validate
from stokehold.domain.task import AdvancedBucket, ForcedConstant, KeyValue, RetrySettings, Scheduling, Spec


def spec(**fields: Any) -> Spec:
    return Spec(**{"name": "n", "profile": "docker-batch", "instance_count": 1, **fields})


BROKEN: list[tuple[str, dict[str, Any]]] = [
    ("name", {"name": ""}),
    ("name", {"name": "n" * 2048}),
    ("shortname", {"shortname": ""}),
    ("shortname", {"shortname": "-a"}),
    ("shortname", {"shortname": "a-"}),
    ("shortname", {"shortname": "a_b"}),
    ("shortname", {"shortname": "a\n"}),
    ("shortname", {"shortname": "é"}),
    ("shortname", {"shortname": "a" * 256}),
    ("profile", {"profile": None}),
    ("profile", {"profile": ""}),
    ("profile", {"pool_uuid": "p"}),
    ("poolUuid", {"profile": None, "pool_uuid": "p", "job_uuid": "j"}),
    ("instanceCount", {"instance_count": None}),
    ("instanceCount", {"instance_count": 0}),
    ("instanceCount", {"instance_count": -1}),
    ("instanceCount", {"instance_count": 2**31}),
    ("instanceCount", {"advanced_ranges": "0-3"}),
    ("instanceCount", {"instance_count": None, "advanced_ranges": ""}),
    ("advancedRanges", {"instance_count": 0, "advanced_ranges": "3-1"}),
    ("advancedRanges", {"instance_count": 0, "advanced_ranges": "a"}),
    ("advancedRanges", {"instance_count": 0, "advanced_ranges": "1," * 40_000}),
    ("resourceBuckets", {"resource_buckets": ["a"], "advanced_resource_buckets": [AdvancedBucket("b")]}),
    ("resourceBuckets", {"resource_buckets": ["b"] * 101}),
    ("advancedResourceBuckets", {"advanced_resource_buckets": [AdvancedBucket("b")] * 101}),
    ("resourceBuckets[1]", {"resource_buckets": ["a", ""]}),
    ("advancedResourceBuckets[0].bucketName", {"advanced_resource_buckets": [AdvancedBucket("a/b")]}),
    (
        "advancedResourceBuckets[0].cacheTTLSec",
        {"advanced_resource_buckets": [AdvancedBucket("b", cache_ttl_sec=-1)]},
    ),
    ("resultBucket", {"result_bucket": "a b"}),
    ("resultsBucket", {"result_bucket": "a", "results_bucket": "b"}),
    ("snapshotBucket", {"snapshot_bucket": "a b"}),
    ("constants", {"constants": [KeyValue("A", "")] * 151}),
    ("constants[0].key", {"constants": [KeyValue("", "")]}),
    ("constants[0].key", {"constants": [KeyValue("A B", "")]}),
    ("constants[0].key", {"constants": [KeyValue("A" * 2049, "")]}),
    ("constants[1].value", {"constants": [KeyValue("A", "v" * 2048), KeyValue("A", "v" * 2049)]}),
    ("tags", {"tags": ["t"] * 11}),
    ("tags[1]", {"tags": ["t" * 511, "t" * 512]}),
    ("resultsWhitelist", {"results_whitelist": "("}),
    ("resultsBlacklist", {"results_blacklist": "(?=a)"}),
    ("snapshotWhitelist", {"snapshot_whitelist": "["}),
    ("snapshotBlacklist", {"snapshot_blacklist": "a" * 2048}),
    ("maxRetriesPerInstance", {"max_retries_per_instance": -1}),
    ("maxRetriesPerInstance", {"max_retries_per_instance": 1, "retry_settings": RetrySettings(None, 2)}),
    ("retrySettings.maxTotalRetries", {"retry_settings": RetrySettings(-1)}),
    ("retrySettings.maxPerInstanceRetries", {"retry_settings": RetrySettings(None, -1)}),
    ("maxTimeQueueSeconds", {"max_time_queue_seconds": -1}),
    ("resultsCacheTTLSec", {"results_cache_ttl_sec": -1}),
    ("defaultResourcesCacheTTLSec", {"default_resources_cache_ttl_sec": -1}),
    ("completionTimeToLive", {"completion_time_to_live": "soon"}),
    ("completionTimeToLive", {"completion_time_to_live": "-00:00:01"}),
    ("targetedReservedMachineKey", {"targeted_reserved_machine_key": "k"}),
    ("targetedReservationName", {"targeted_reservation_name": "r", "scheduling_type": Scheduling.FLEX}),
    ("labels", {"labels": {str(i): "" for i in range(151)}}),
    ("labels.k", {"labels": {"k": "v" * 2049}}),
    ("forcedConstants[0].constantName", {"forced_constants": [ForcedConstant("a/b", "")]}),
    ("forcedConstants[0].forcedValue", {"forced_constants": [ForcedConstant("a", "v" * 2049)]}),
    ("forcedConstants[1].constantName", {"forced_constants": [ForcedConstant("a"), ForcedConstant("a")]}),
    ("forcedConstants", {"forced_constants": [ForcedConstant(f"a{i}") for i in range(151)]}),
]


@pytest.mark.parametrize(("field", "fields"), BROKEN)
def test_a_broken_rule_names_its_field(field: str, fields: dict[str, Any]) -> None:
    with pytest.raises(Invalid) as caught:
        validate(spec(**fields))
    assert caught.value.field == field
    assert caught.value.message.startswith(f"{field}: ")


KEPT: list[dict[str, Any]] = [
    {},
    {"name": "n" * 2047},
    {"shortname": "A-1"},
    {"shortname": "7"},
    {"instance_count": 2**31 - 1},
    {"instance_count": 0, "advanced_ranges": "0-2, 4-5,17"},
    {"instance_count": None, "advanced_ranges": "0-2147483647"},
    {"resource_buckets": ["in", "in"], "advanced_resource_buckets": []},
    {"result_bucket": "out", "results_bucket": "out"},
    {"constants": [KeyValue("a.B_c-1", "")] * 150},
    {"tags": ["t" * 511] * 10},
    {"labels": {"k" * 2048: "v" * 2048, "": ""}},
    {"labels": {str(i): "" for i in range(150)}},
    {"forced_constants": [ForcedConstant("A", "v" * 2048), ForcedConstant("B")]},
    {"results_whitelist": "", "results_blacklist": "_${INSTANCE_ID}\\.h5$"},
    {"max_retries_per_instance": 0, "retry_settings": RetrySettings(3, 2)},
    {"max_retries_per_instance": 2, "retry_settings": RetrySettings(None, 2)},
    {"completion_time_to_live": "1.10:00:00"},
    {"scheduling_type": Scheduling.RESERVED, "targeted_reserved_machine_key": "k"},
]


@pytest.mark.parametrize("fields", KEPT)
def test_what_keeps_every_rule_passes(fields: dict[str, Any]) -> None:
    validate(spec(**fields))


def test_constants_keep_their_rules_when_they_change() -> None:
    with pytest.raises(Invalid, match=r"^constants\[0\].key: "):
        check_constants([KeyValue("a/b", "")])


def test_tags_keep_their_rules_when_they_change() -> None:
    with pytest.raises(Invalid, match=r"^tags: "):
        check_tags(["t"] * 11)
