"""Lists agree with a naive oracle, page by page, in every version."""

from itertools import pairwise
from typing import Any

import pytest

from tests.s3 import wire
from tests.s3.gateway import Gateway

KEYS = [
    "a", "a/1", "a/2", "a/b/1", "a0", "b", "b/", "b/x", "c d", "c+d", "é/é", "z/1", "z/2", "z/3", "z/4", "z/5", "z0",
]  # fmt: skip


@pytest.fixture(autouse=True)
def keys(s3: Any) -> None:
    for key in KEYS:
        s3.put_object(Bucket="buck", Key=key, Body=b"x")


def oracle(prefix: str, delimiter: str, after: str = "") -> list[str]:
    found = []
    for key in sorted(KEYS, key=str.encode):
        if key.startswith(prefix) and key.encode() > after.encode():
            cut = key.find(delimiter, len(prefix)) if delimiter else -1
            found.append(key if cut < 0 else key[: cut + len(delimiter)])
    return list(dict.fromkeys(found))


def shown(pages: Any, contents: str = "Contents") -> list[str]:
    found: list[str] = []
    for page in pages:
        items = [item["Key"] for item in page.get(contents, [])]
        items += [item["Prefix"] for item in page.get("CommonPrefixes", [])]
        found += sorted(items, key=str.encode)
    return found


@pytest.mark.parametrize("size", [1, 2, 3, 1000])
@pytest.mark.parametrize(
    ("prefix", "delimiter"), [("", ""), ("", "/"), ("a", ""), ("a/", "/"), ("z", "/"), ("no", "/"), ("", "b")]
)
@pytest.mark.parametrize(
    ("operation", "contents"),
    [("list_objects", "Contents"), ("list_objects_v2", "Contents"), ("list_object_versions", "Versions")],
)
def test_pages_put_together_are_the_whole(
    s3: Any, operation: str, contents: str, prefix: str, delimiter: str, size: int
) -> None:
    pages = s3.get_paginator(operation).paginate(
        Bucket="buck", Prefix=prefix, Delimiter=delimiter, PaginationConfig={"PageSize": size}
    )
    assert shown(pages, contents) == oracle(prefix, delimiter)


def test_every_page_but_the_last_has_a_next_marker_even_without_a_delimiter(s3: Any) -> None:
    page = s3.list_objects(Bucket="buck", MaxKeys=3)
    assert (page["IsTruncated"], page["NextMarker"]) == (True, "a/2")
    last = s3.list_objects(Bucket="buck", Marker="z/5")
    assert (last["IsTruncated"], "NextMarker" in last) == (False, False)


@pytest.mark.parametrize("after", ["", "a", "a/", "a/1", "b/", "zzz", "z/3"])
def test_lists_start_after_any_text(s3: Any, after: str) -> None:
    assert shown([s3.list_objects_v2(Bucket="buck", StartAfter=after)]) == oracle("", "", after)
    assert shown([s3.list_objects(Bucket="buck", Marker=after)]) == oracle("", "", after)


def test_a_marker_within_a_common_prefix_still_shows_it(s3: Any) -> None:
    page = s3.list_objects(Bucket="buck", Delimiter="/", Marker="z/2")
    assert [item["Prefix"] for item in page["CommonPrefixes"]] == ["z/", "é/"]
    page = s3.list_objects(Bucket="buck", Delimiter="/", Marker="z/")
    assert [item["Prefix"] for item in page["CommonPrefixes"]] == ["é/"]


def test_key_count_counts_prefixes(s3: Any) -> None:
    page = s3.list_objects_v2(Bucket="buck", Delimiter="/")
    assert page["KeyCount"] == len(page["Contents"]) + len(page["CommonPrefixes"])


@pytest.mark.parametrize(("size", "count"), [("0", 0), ("1", 1), ("100000", len(KEYS))])
def test_the_size_of_a_page_is_bounded(gateway: Gateway, size: str, count: int) -> None:
    reply = wire.call(gateway, "GET", f"/buck?list-type=2&max-keys={size}")
    assert reply.body.count(b"<Contents>") == count
    assert b"<IsTruncated>false" in reply.body if count != 1 else b"<IsTruncated>true" in reply.body


@pytest.mark.parametrize(
    "query",
    ["max-keys=-1", "max-keys=x", "list-type=3", "encoding-type=x", "list-type=2&continuation-token=%25%25"],
)
def test_bad_arguments_are_refused(gateway: Gateway, query: str) -> None:
    reply = wire.call(gateway, "GET", f"/buck?{query}")
    assert (reply.status, reply.code) == (400, "InvalidArgument")


def test_keys_are_encoded_only_when_asked_for(gateway: Gateway) -> None:
    assert b"<Key>c%20d</Key>" in wire.call(gateway, "GET", "/buck?encoding-type=url&prefix=c%20").body
    plain = wire.call(gateway, "GET", "/buck?prefix=c%20").body
    assert b"<Key>c d</Key>" in plain
    assert b"EncodingType" not in plain


def test_an_entry_has_size_etag_class_and_the_owner_when_asked_for(s3: Any) -> None:
    entry = s3.list_objects_v2(Bucket="buck", MaxKeys=1)["Contents"][0]
    assert (entry["Size"], entry["StorageClass"], "Owner" in entry) == (1, "STANDARD", False)
    assert "Owner" in s3.list_objects_v2(Bucket="buck", MaxKeys=1, FetchOwner=True)["Contents"][0]
    assert "Owner" in s3.list_objects(Bucket="buck", MaxKeys=1)["Contents"][0]


def test_common_prefixes_are_passed_by_without_reading_their_keys(gateway: Gateway, s3: Any) -> None:
    for number in range(60):
        s3.put_object(Bucket="buck", Key=f"m/{number:03}", Body=b"")
    page = s3.list_objects_v2(Bucket="buck", Delimiter="/", Prefix="")
    prefixes = [item["Prefix"] for item in page["CommonPrefixes"]]
    assert prefixes == ["a/", "b/", "m/", "z/", "é/"]
    assert all(first < second for first, second in pairwise(prefixes))
