"""Single objects: written, read whole and in part, deleted, many at once."""

import hashlib
from typing import Any

import pytest

from tests.s3 import wire
from tests.s3.gateway import Gateway

WEIRD = [
    ".", "..", "../x", "/lead", "//", "a//b", "a/../b", "%2e%2e/x", "s\\b", "trail/", " ", "+", "a b", "é",
    "日本", "\u202e", "a\tb", "a\nb", "\x01\x7f", "<&\">'", "k" * 1024, "?x=y", "#", "*", ";", "%", "%00",
    "~user", "con", "a:b",
]  # fmt: skip


def md5(data: bytes) -> str:
    return f'"{hashlib.md5(data).hexdigest()}"'


@pytest.mark.parametrize("key", WEIRD)
def test_any_key_comes_back_as_it_was(gateway: Gateway, s3: Any, key: str) -> None:
    body = key.encode() + b"!"
    assert wire.call(gateway, "PUT", wire.target("buck", key), {}, body).status == 200
    assert wire.call(gateway, "GET", wire.target("buck", key)).body == body
    assert [item["Key"] for item in s3.list_objects_v2(Bucket="buck")["Contents"]] == [key]
    assert wire.call(gateway, "DELETE", wire.target("buck", key)).status == 204
    assert gateway.files() == []


@pytest.mark.parametrize(
    "size", [0, 1, 1024, 256 * 1024, 256 * 1024 + 1, 1024**2, 1024**2 + 1, 3 * 1024**2 + 7]
)
def test_bodies_of_all_sizes_come_back(gateway: Gateway, s3: Any, size: int) -> None:
    body = bytes(range(256)) * (size // 256 + 1)
    body = body[:size]
    put = s3.put_object(Bucket="buck", Key="k", Body=body)
    found = s3.get_object(Bucket="buck", Key="k")
    head = s3.head_object(Bucket="buck", Key="k")
    listed = s3.list_objects_v2(Bucket="buck")["Contents"][0]
    assert found["Body"].read() == body
    assert {put["ETag"], found["ETag"], head["ETag"], listed["ETag"]} == {md5(body)}
    assert found["ContentLength"] == head["ContentLength"] == listed["Size"] == size
    assert head["LastModified"] == listed["LastModified"].replace(microsecond=0)


def test_overwriting_leaves_one_file(gateway: Gateway, s3: Any) -> None:
    for body in (b"one", b"two", b"three"):
        s3.put_object(Bucket="buck", Key="k", Body=body)
    assert s3.get_object(Bucket="buck", Key="k")["Body"].read() == b"three"
    assert len(gateway.files()) == 1


@pytest.mark.parametrize(
    ("header", "status", "body", "content_range"),
    [
        ("bytes=0-0", 206, b"0", "bytes 0-0/10"),
        ("bytes=2-4", 206, b"234", "bytes 2-4/10"),
        ("bytes=7-", 206, b"789", "bytes 7-9/10"),
        ("bytes=-3", 206, b"789", "bytes 7-9/10"),
        ("bytes=-100", 206, b"0123456789", "bytes 0-9/10"),
        ("bytes=5-100", 206, b"56789", "bytes 5-9/10"),
        ("bytes=5-2", 200, b"0123456789", None),
        ("bytes=a-b", 200, b"0123456789", None),
        ("bytes=0-1,3-4", 200, b"0123456789", None),
        ("chars=0-1", 200, b"0123456789", None),
        ("bytes=10-", 416, None, "bytes */10"),
        ("bytes=-0", 416, None, "bytes */10"),
    ],
)
def test_ranges(
    gateway: Gateway, s3: Any, header: str, status: int, body: bytes | None, content_range: str | None
) -> None:
    s3.put_object(Bucket="buck", Key="k", Body=b"0123456789")
    reply = wire.call(gateway, "GET", "/buck/k", {"range": header})
    assert (reply.status, reply.headers.get("content-range")) == (status, content_range)
    assert reply.body == body if body else reply.code == "InvalidRange"
    head = wire.call(gateway, "HEAD", "/buck/k", {"range": header})
    assert (head.status, head.body) == (status, b"")
    assert body is None or head.headers["content-length"] == str(len(body))


def test_a_checksum_comes_back_only_with_the_whole_and_when_asked_for(gateway: Gateway, s3: Any) -> None:
    s3.put_object(Bucket="buck", Key="k", Body=b"hello")
    asked = {"x-amz-checksum-mode": "ENABLED"}
    assert wire.call(gateway, "GET", "/buck/k", asked).headers["x-amz-checksum-crc32"] == "NhCmhg=="
    assert wire.call(gateway, "HEAD", "/buck/k", asked).headers["x-amz-checksum-type"] == "FULL_OBJECT"
    ranged = wire.call(gateway, "GET", "/buck/k", {**asked, "range": "bytes=0-1"})
    assert (ranged.status, "x-amz-checksum-crc32" in ranged.headers) == (206, False)
    assert "x-amz-checksum-crc32" not in wire.call(gateway, "GET", "/buck/k").headers
    assert s3.get_object(Bucket="buck", Key="k", Range="bytes=1-2")["Body"].read() == b"el"


def test_if_range_with_another_etag_gives_the_whole(gateway: Gateway, s3: Any) -> None:
    etag = s3.put_object(Bucket="buck", Key="k", Body=b"hello")["ETag"]
    assert wire.call(gateway, "GET", "/buck/k", {"range": "bytes=0-1", "if-range": etag}).body == b"he"
    assert wire.call(gateway, "GET", "/buck/k", {"range": "bytes=0-1", "if-range": '"x"'}).body == b"hello"


def test_an_object_that_is_no_multipart_has_one_part(gateway: Gateway, s3: Any) -> None:
    s3.put_object(Bucket="buck", Key="k", Body=b"hello")
    assert wire.call(gateway, "GET", "/buck/k?partNumber=1").body == b"hello"
    assert wire.call(gateway, "GET", "/buck/k?partNumber=2").code == "InvalidRange"
    assert wire.call(gateway, "GET", "/buck/k?partNumber=0").code == "InvalidArgument"
    assert wire.call(gateway, "GET", "/buck/k?partNumber=1", {"range": "bytes=0-1"}).code == "InvalidRequest"


def test_deleting_what_is_not_there_succeeds(s3: Any) -> None:
    assert s3.delete_object(Bucket="buck", Key="missing")["ResponseMetadata"]["HTTPStatusCode"] == 204
    deleted = s3.delete_object(Bucket="buck", Key="missing", VersionId="null")
    assert deleted["VersionId"] == "null"


def test_the_only_version_is_null(gateway: Gateway, s3: Any) -> None:
    s3.put_object(Bucket="buck", Key="k", Body=b"hello")
    assert s3.get_object(Bucket="buck", Key="k", VersionId="null")["Body"].read() == b"hello"
    for method in ("GET", "HEAD", "DELETE"):
        assert wire.call(gateway, method, "/buck/k?versionId=other").status == 404
    assert s3.head_object(Bucket="buck", Key="k")


def test_many_keys_are_deleted_at_once(gateway: Gateway, s3: Any) -> None:
    keys = [f"k{number}" for number in range(20)]
    for key in keys:
        s3.put_object(Bucket="buck", Key=key, Body=b"x")
    objects = [{"Key": key} for key in [*keys, "missing", "k0"]]
    answer = s3.delete_objects(Bucket="buck", Delete={"Objects": objects})
    assert [item["Key"] for item in answer["Deleted"]] == [item["Key"] for item in objects]
    assert (gateway.files(), s3.list_objects_v2(Bucket="buck")["KeyCount"]) == ([], 0)


def test_a_quiet_deletion_tells_only_errors(s3: Any) -> None:
    s3.put_object(Bucket="buck", Key="k", Body=b"x")
    objects = [{"Key": "k"}, {"Key": "j", "VersionId": "other"}]
    answer = s3.delete_objects(Bucket="buck", Delete={"Objects": objects, "Quiet": True})
    assert "Deleted" not in answer
    assert answer["Errors"][0]["Code"] == "NoSuchVersion"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"<Delete/>", 200),
        (b"<Delete><Quiet>true</Quiet></Delete>", 200),
        (
            b'<Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Object><Key>k</Key></Object></Delete>',
            200,
        ),
        (b"<Delete><Object/></Delete>", 400),
        (b"<Delete><Object><Key></Key></Object></Delete>", 400),
        (b"<Delete><Object><Key>a</Key><Key>b</Key></Object></Delete>", 400),
        (b"<Delete><Unknown/></Delete>", 400),
        (b"<Other/>", 400),
        (b"", 400),
        (b"<Delete>" + b"<Object><Key>k</Key></Object>" * 1001 + b"</Delete>", 400),
        (b"<Delete>" + b" " * 3_000_000 + b"</Delete>", 400),
    ],
)
def test_deletions_are_read_strictly(gateway: Gateway, s3: Any, body: bytes, status: int) -> None:
    reply = wire.call(gateway, "POST", "/buck?delete=", {}, body)
    assert (reply.status, reply.code) == (status, "" if status == 200 else "MalformedXML")


def test_an_object_belongs_to_its_account_and_has_no_tags(s3: Any) -> None:
    s3.put_object(Bucket="buck", Key="k", Body=b"x")
    assert s3.get_object_acl(Bucket="buck", Key="k")["Grants"][0]["Permission"] == "FULL_CONTROL"
    assert s3.get_object_tagging(Bucket="buck", Key="k")["TagSet"] == []
