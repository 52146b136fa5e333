"""Buckets: made, found, emptied, deleted; each account has its own names."""

from typing import Any

import pytest

from tests.s3 import wire
from tests.s3.gateway import ALICE, Gateway


def test_creating_ones_own_bucket_again_succeeds(gateway: Gateway, s3: Any) -> None:
    assert s3.create_bucket(Bucket="buck")["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert wire.call(gateway, "PUT", "/buck/").body == b""


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 200),
        (
            b"<CreateBucketConfiguration><LocationConstraint>default</LocationConstraint></CreateBucketConfiguration>",
            200,
        ),
        (b"<CreateBucketConfiguration>", 400),
        (b"<Other/>", 400),
    ],
)
def test_a_location_is_read_and_ignored(gateway: Gateway, body: bytes, status: int) -> None:
    assert wire.call(gateway, "PUT", "/newbuck", {"content-type": "application/xml"}, body).status == status


@pytest.mark.parametrize(
    "name",
    ["ab", "a" * 64, "Upper", "under_score", "-dash", "dot-", "a..b", "sp%20ace", "%C3%A9%C3%A9%C3%A9"],
)
def test_a_bad_name_is_refused(gateway: Gateway, name: str) -> None:
    reply = wire.call(gateway, "PUT", wire.target(name, ""))
    assert (reply.status, reply.code) == (400, "InvalidBucketName")


def test_lists_hold_the_callers_buckets_by_name(gateway: Gateway, s3: Any, bob: Any) -> None:
    bob.create_bucket(Bucket="buck")
    bob.create_bucket(Bucket="bobs")
    s3.create_bucket(Bucket="abc")
    assert [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]] == ["abc", "buck"]
    first = s3.list_buckets(MaxBuckets=1)
    assert [bucket["Name"] for bucket in first["Buckets"]] == ["abc"]
    second = s3.list_buckets(ContinuationToken=first["ContinuationToken"])
    assert [bucket["Name"] for bucket in second["Buckets"]] == ["buck"]
    assert s3.list_buckets(Prefix="x")["Buckets"] == []


def test_two_accounts_may_use_one_name(s3: Any, bob: Any) -> None:
    bob.create_bucket(Bucket="buck")
    s3.put_object(Bucket="buck", Key="k", Body=b"alice")
    bob.put_object(Bucket="buck", Key="k", Body=b"bob")
    assert s3.get_object(Bucket="buck", Key="k")["Body"].read() == b"alice"


def counters(s3: Any) -> tuple[str, str]:
    headers = s3.head_bucket(Bucket="buck")["ResponseMetadata"]["HTTPHeaders"]
    return headers["x-rgw-object-count"], headers["x-rgw-bytes-used"]


def test_head_tells_how_many_objects_and_bytes(s3: Any) -> None:
    assert counters(s3) == ("0", "0")
    s3.put_object(Bucket="buck", Key="a", Body=b"12345")
    s3.put_object(Bucket="buck", Key="b", Body=b"123")
    s3.put_object(Bucket="buck", Key="a", Body=b"1")
    s3.copy_object(Bucket="buck", Key="c", CopySource="buck/b")
    assert counters(s3) == ("3", "7")
    s3.delete_object(Bucket="buck", Key="a")
    s3.delete_object(Bucket="buck", Key="missing")
    assert counters(s3) == ("2", "6")


def test_a_presigned_head_of_a_bucket_works(gateway: Gateway, s3: Any) -> None:
    url = gateway.client(ALICE, signature_version="s3v4").generate_presigned_url(
        "head_bucket", {"Bucket": "buck"}
    )
    reply = wire.send(gateway, "HEAD", url.removeprefix(gateway.endpoint), {})
    assert (reply.status, reply.headers["x-rgw-object-count"]) == (200, "0")


def test_only_an_empty_bucket_can_be_deleted(gateway: Gateway, s3: Any) -> None:
    s3.put_object(Bucket="buck", Key="k", Body=b"x")
    with pytest.raises(wire.ClientError) as failure:
        s3.delete_bucket(Bucket="buck")
    assert wire.code(failure) == (409, "BucketNotEmpty")
    s3.delete_object(Bucket="buck", Key="k")
    s3.delete_bucket(Bucket="buck")
    for operation in (s3.head_bucket, s3.delete_bucket, s3.list_objects):
        with pytest.raises(wire.ClientError) as missing:
            operation(Bucket="buck")
        assert wire.code(missing)[0] == 404


def test_open_uploads_go_with_their_bucket(gateway: Gateway, s3: Any) -> None:
    upload = s3.create_multipart_upload(Bucket="buck", Key="k")["UploadId"]
    s3.upload_part(Bucket="buck", Key="k", UploadId=upload, PartNumber=1, Body=b"part")
    s3.delete_bucket(Bucket="buck")
    assert gateway.files() == []


def test_a_bucket_is_emptied_through_its_versions(s3: Any) -> None:
    for number in range(5):
        s3.put_object(Bucket="buck", Key=f"k{number}", Body=b"x")
    assert "Status" not in s3.get_bucket_versioning(Bucket="buck")
    versions = s3.list_object_versions(Bucket="buck")["Versions"]
    objects = [{"Key": version["Key"], "VersionId": version["VersionId"]} for version in versions]
    deleted = s3.delete_objects(Bucket="buck", Delete={"Objects": objects})["Deleted"]
    assert {item["VersionId"] for item in deleted} == {"null"}
    s3.delete_bucket(Bucket="buck")


def test_what_is_configured_nowhere_has_its_usual_answer(s3: Any) -> None:
    assert s3.get_bucket_location(Bucket="buck")["LocationConstraint"] is None
    assert s3.get_bucket_acl(Bucket="buck")["Grants"][0]["Permission"] == "FULL_CONTROL"
    assert s3.get_bucket_request_payment(Bucket="buck")["Payer"] == "BucketOwner"
    assert "LoggingEnabled" not in s3.get_bucket_logging(Bucket="buck")
    s3.get_bucket_notification_configuration(Bucket="buck")


@pytest.mark.parametrize(
    ("operation", "code"),
    [
        ("get_bucket_policy", "NoSuchBucketPolicy"),
        ("get_bucket_cors", "NoSuchCORSConfiguration"),
        ("get_bucket_tagging", "NoSuchTagSet"),
        ("get_bucket_lifecycle_configuration", "NoSuchLifecycleConfiguration"),
        ("get_bucket_encryption", "ServerSideEncryptionConfigurationNotFoundError"),
        ("get_object_lock_configuration", "ObjectLockConfigurationNotFoundError"),
        ("get_public_access_block", "NoSuchPublicAccessBlockConfiguration"),
        ("get_bucket_website", "NoSuchWebsiteConfiguration"),
    ],
)
def test_a_missing_configuration_has_its_own_error(s3: Any, operation: str, code: str) -> None:
    for bucket, expected in (("buck", code), ("missing", "NoSuchBucket")):
        with pytest.raises(wire.ClientError) as failure:
            getattr(s3, operation)(Bucket=bucket)
        assert wire.code(failure) == (404, expected)


def test_object_lock_is_refused_unless_it_is_declined(gateway: Gateway) -> None:
    header = "x-amz-bucket-object-lock-enabled"
    assert wire.call(gateway, "PUT", "/lockless", {header: "false"}).status == 200
    assert wire.call(gateway, "PUT", "/locked", {header: "true"}).code == "NotImplemented"
