import msgspec

from stokehold.domain.ranges import Ranges
from stokehold.domain.task import (
    AdvancedBucket,
    Filtering,
    KeyValue,
    Prefix,
    RetrySettings,
    Spec,
    Transformation,
)


def test_what_is_not_set_is_absent_from_the_stored_submission() -> None:
    spec = Spec(name="n", profile="docker-batch", instance_count=1)
    assert msgspec.json.encode(spec) == b'{"name":"n","profile":"docker-batch","instanceCount":1}'


def test_a_stored_submission_reads_back_the_same() -> None:
    spec = Spec(
        name="n", results_cache_ttl_sec=3, advanced_resource_buckets=[AdvancedBucket("b", cache_ttl_sec=1)]
    )
    text = msgspec.json.encode(spec)
    assert b'"resultsCacheTTLSec":3' in text
    assert b'"cacheTTLSec":1' in text
    assert msgspec.json.decode(text, type=Spec) == spec


def test_a_count_gives_ids_from_zero() -> None:
    assert Spec(name="n", instance_count=3).ids() == Ranges.first(3)


def test_ranges_win_over_the_zero_count_that_dotnet_sends() -> None:
    assert list(Spec(name="n", instance_count=0, advanced_ranges="1-2,7").ids()) == [1, 2, 7]


def test_both_forms_of_input_buckets_are_one_list() -> None:
    assert Spec(name="n", resource_buckets=["a"]).buckets() == [AdvancedBucket("a")]
    assert Spec(name="n", advanced_resource_buckets=[AdvancedBucket("b")]).buckets() == [AdvancedBucket("b")]


def test_a_bucket_without_filter_has_empty_prefixes() -> None:
    plain = AdvancedBucket("b", Filtering(), Transformation())
    assert (plain.prefix, plain.stripped) == ("", "")


def test_a_bucket_knows_its_prefixes() -> None:
    bucket = AdvancedBucket("b", Filtering(Prefix("in/")), Transformation(Prefix("in/x/")))
    assert (bucket.prefix, bucket.stripped) == ("in/", "in/x/")


def test_a_limit_of_zero_retries_is_not_set() -> None:
    assert Spec(name="n", retry_settings=RetrySettings(0, 0), max_retries_per_instance=0).retries() == (
        None,
        None,
    )


def test_retries_are_told_as_total_and_per_instance() -> None:
    assert Spec(name="n", retry_settings=RetrySettings(5, 2)).retries() == (5, 2)


def test_the_old_field_of_retries_still_counts() -> None:
    assert Spec(name="n", max_retries_per_instance=3).retries() == (None, 3)


def test_secret_constants_are_never_shown() -> None:
    spec = Spec(name="n", constants=[KeyValue("QARNOT_SECRET__P", "hidden"), KeyValue("A", "1")])
    assert [(c.key, c.value) for c in spec.shown_constants()] == [
        ("QARNOT_SECRET__P", "[SECRET]"),
        ("A", "1"),
    ]
