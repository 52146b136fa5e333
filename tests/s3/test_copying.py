"""Copies of objects and of parts."""

from typing import Any

import pytest

from tests.s3 import wire
from tests.s3.gateway import Gateway

MIB = 1024**2


@pytest.fixture(autouse=True)
def there(s3: Any) -> None:
    s3.put_object(
        Bucket="buck", Key="dir/a b+é.txt", Body=b"hello", ContentType="a/b", Metadata={"who": "me"}
    )
    s3.put_object(Bucket="buck", Key="k", Body=b"hello")


@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize("query", ["", "?versionId=null"])
def test_a_source_is_named_with_or_without_a_slash(gateway: Gateway, s3: Any, slash: str, query: str) -> None:
    source = f"{slash}buck/dir/a%20b%2B%C3%A9.txt{query}"
    reply = wire.call(gateway, "PUT", "/buck/copy?x-id=CopyObject", {"x-amz-copy-source": source})
    assert (reply.status, b"<CopyObjectResult" in reply.body) == (200, True)
    found = s3.get_object(Bucket="buck", Key="copy")
    assert (found["Body"].read(), found["ContentType"], found["Metadata"]) == (b"hello", "a/b", {"who": "me"})


@pytest.mark.parametrize(
    ("source", "status", "code"),
    [
        ("buck/missing", 404, "NoSuchKey"),
        ("missing/k", 404, "NoSuchBucket"),
        ("buck/k?versionId=1", 404, "NoSuchVersion"),
        ("buck", 400, "InvalidArgument"),
        ("/", 400, "InvalidArgument"),
        ("buck/%ff", 400, "InvalidArgument"),
        ("buck/%00", 400, "InvalidArgument"),
    ],
)
def test_a_bad_source_is_refused(gateway: Gateway, s3: Any, source: str, status: int, code: str) -> None:
    reply = wire.call(gateway, "PUT", "/buck/copy", {"x-amz-copy-source": source})
    assert (reply.status, reply.code) == (status, code)


def test_a_copy_shares_its_bytes_and_survives_its_source(gateway: Gateway, s3: Any) -> None:
    files = len(gateway.files())
    s3.copy_object(Bucket="buck", Key="copy", CopySource="buck/k")
    assert len(gateway.files()) == files
    s3.delete_object(Bucket="buck", Key="k")
    assert s3.get_object(Bucket="buck", Key="copy")["Body"].read() == b"hello"
    s3.delete_object(Bucket="buck", Key="copy")
    assert len(gateway.files()) == files - 1


def test_metadata_is_replaced_only_when_asked_for(s3: Any) -> None:
    source = {"Bucket": "buck", "Key": "dir/a b+é.txt"}
    s3.copy_object(Bucket="buck", Key="kept", CopySource=source, Metadata={"new": "1"})
    assert s3.head_object(Bucket="buck", Key="kept")["Metadata"] == {"who": "me"}
    s3.copy_object(
        Bucket="buck", Key="new", CopySource=source, Metadata={"new": "1"}, MetadataDirective="REPLACE"
    )
    head = s3.head_object(Bucket="buck", Key="new")
    assert (head["Metadata"], head["ContentType"]) == ({"new": "1"}, "binary/octet-stream")


def test_a_copy_onto_itself_must_replace_something(gateway: Gateway, s3: Any) -> None:
    with pytest.raises(wire.ClientError) as failure:
        s3.copy_object(Bucket="buck", Key="k", CopySource="buck/k")
    assert wire.code(failure) == (400, "InvalidRequest")
    s3.copy_object(
        Bucket="buck", Key="k", CopySource="buck/k", MetadataDirective="REPLACE", Metadata={"a": "b"}
    )
    found = s3.get_object(Bucket="buck", Key="k")
    assert (found["Body"].read(), found["Metadata"]) == (b"hello", {"a": "b"})


def test_an_unknown_directive_is_refused(gateway: Gateway) -> None:
    headers = {"x-amz-copy-source": "buck/k", "x-amz-metadata-directive": "MERGE"}
    assert wire.call(gateway, "PUT", "/buck/copy", headers).code == "InvalidArgument"


def test_a_copied_multipart_object_keeps_its_etag_and_parts(s3: Any) -> None:
    upload = s3.create_multipart_upload(Bucket="buck", Key="big")["UploadId"]
    parts = []
    for number, body in ((1, b"a" * (5 * MIB)), (2, b"end")):
        put = s3.upload_part(Bucket="buck", Key="big", UploadId=upload, PartNumber=number, Body=body)
        parts.append({"PartNumber": number, "ETag": put["ETag"]})
    made = s3.complete_multipart_upload(
        Bucket="buck", Key="big", UploadId=upload, MultipartUpload={"Parts": parts}
    )
    copied = s3.copy_object(Bucket="buck", Key="copy", CopySource="buck/big")
    assert copied["CopyObjectResult"]["ETag"] == made["ETag"]
    assert s3.head_object(Bucket="buck", Key="copy", PartNumber=2)["PartsCount"] == 2


def test_parts_are_copied_whole_and_in_ranges(gateway: Gateway, s3: Any) -> None:
    s3.put_object(Bucket="buck", Key="big", Body=b"0123456789" * MIB)
    upload = s3.create_multipart_upload(Bucket="buck", Key="new", ChecksumAlgorithm="CRC32")["UploadId"]
    args = {"Bucket": "buck", "Key": "new", "UploadId": upload, "CopySource": "buck/big"}
    first = s3.upload_part_copy(PartNumber=1, CopySourceRange=f"bytes=5-{6 * MIB}", **args)["CopyPartResult"]
    second = s3.upload_part_copy(PartNumber=2, **{**args, "CopySource": "buck/k"})["CopyPartResult"]
    parts = [{"PartNumber": n, "ETag": part["ETag"]} for n, part in ((1, first), (2, second))]
    s3.complete_multipart_upload(Bucket="buck", Key="new", UploadId=upload, MultipartUpload={"Parts": parts})
    expected = (b"0123456789" * MIB)[5 : 6 * MIB + 1] + b"hello"
    assert s3.get_object(Bucket="buck", Key="new", ChecksumMode="ENABLED")["Body"].read() == expected


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("bytes=0-5", "InvalidRange"),
        ("bytes=-1", "InvalidArgument"),
        ("bytes=3-", "InvalidArgument"),
        ("0-1", "InvalidArgument"),
    ],
)
def test_the_range_of_a_part_copy_is_strict(gateway: Gateway, s3: Any, header: str, code: str) -> None:
    upload = s3.create_multipart_upload(Bucket="buck", Key="new")["UploadId"]
    headers = {"x-amz-copy-source": "buck/k", "x-amz-copy-source-range": header}
    reply = wire.call(gateway, "PUT", f"/buck/new?partNumber=1&uploadId={upload}", headers)
    assert reply.code == code
