"""Presigned URLs of version 2, as boto3 makes them for a custom endpoint by default."""

from typing import Any

import boto3
import pytest
from botocore.config import Config

from tests.s3 import wire
from tests.s3.gateway import ALICE, DOMAIN, SECRETS, Gateway


@pytest.fixture
def old(gateway: Gateway, s3: Any) -> Any:
    """A boto3 client that presigns with version 2."""
    return gateway.client(ALICE, signature_version="s3")


def target(gateway: Gateway, url: str) -> str:
    return url.removeprefix(gateway.endpoint)


def test_a_presigned_get_of_an_awkward_key_reads(gateway: Gateway, s3: Any, old: Any) -> None:
    s3.put_object(Bucket="buck", Key="a b+é/~*'().txt", Body=b"hello")
    params = {"Bucket": "buck", "Key": "a b+é/~*'().txt", "ResponseContentType": "text/x a"}
    url = old.generate_presigned_url("get_object", params)
    assert "AWSAccessKeyId=" in url
    reply = wire.send(gateway, "GET", target(gateway, url), {})
    assert (reply.status, reply.body, reply.headers["content-type"]) == (200, b"hello", "text/x a")


def test_a_presigned_put_takes_the_headers_of_its_query(gateway: Gateway, s3: Any, old: Any) -> None:
    params = {"Bucket": "buck", "Key": "k", "ContentType": "text/plain", "Metadata": {"who": "me"}}
    url = old.generate_presigned_url("put_object", params)
    assert wire.send(gateway, "PUT", target(gateway, url), {}, b"hello").status == 200
    head = s3.head_object(Bucket="buck", Key="k")
    assert (head["ContentType"], head["Metadata"]) == ("text/plain", {"who": "me"})


def test_headers_and_copy_sources_that_were_not_signed_are_refused(
    gateway: Gateway, s3: Any, old: Any
) -> None:
    s3.put_object(Bucket="buck", Key="secret", Body=b"secret")
    url = target(gateway, old.generate_presigned_url("put_object", {"Bucket": "buck", "Key": "k"}))
    for header in ("x-amz-copy-source", "x-amz-meta-a", "x-amz-tagging"):
        assert wire.send(gateway, "PUT", url, {header: "buck/secret"}).code == "SignatureDoesNotMatch"
    for name in ("x-amz-copy-source", "X-Amz-Copy-Source"):
        assert wire.send(gateway, "PUT", f"{url}&{name}=buck%2Fsecret", {}).code == "SignatureDoesNotMatch"
    assert wire.send(gateway, "PUT", f"{url}&uploadId=1", {}).code == "SignatureDoesNotMatch"
    assert "Contents" in s3.list_objects_v2(Bucket="buck", Prefix="secret")
    assert s3.list_objects_v2(Bucket="buck")["KeyCount"] == 1


def test_an_expired_or_forged_url_is_refused(gateway: Gateway, s3: Any, old: Any) -> None:
    s3.put_object(Bucket="buck", Key="k", Body=b"hello")
    params = {"Bucket": "buck", "Key": "k"}
    expired = target(gateway, old.generate_presigned_url("get_object", params, ExpiresIn=-10))
    fresh = target(gateway, old.generate_presigned_url("get_object", params))
    assert wire.send(gateway, "GET", expired, {}).code == "AccessDenied"
    assert wire.send(gateway, "GET", fresh.replace("/k?", "/j?"), {}).code == "SignatureDoesNotMatch"
    assert wire.send(gateway, "DELETE", fresh, {}).code == "SignatureDoesNotMatch"
    assert wire.send(gateway, "GET", fresh.replace("Expires=", "Expires=1"), {}).status == 403
    assert (
        wire.send(gateway, "GET", fresh.replace("AWSAccessKeyId=", "AWSAccessKeyId=x"), {}).code
        == "InvalidAccessKeyId"
    )
    assert wire.send(gateway, "GET", fresh, {}).body == b"hello"


def test_part_uploads_and_lists_work(gateway: Gateway, s3: Any, old: Any) -> None:
    upload = s3.create_multipart_upload(Bucket="buck", Key="k")["UploadId"]
    params = {"Bucket": "buck", "Key": "k", "UploadId": upload, "PartNumber": 1}
    url = target(gateway, old.generate_presigned_url("upload_part", params))
    assert wire.send(gateway, "PUT", url, {}, b"part").status == 200
    url = target(
        gateway, old.generate_presigned_url("list_parts", {"Bucket": "buck", "Key": "k", "UploadId": upload})
    )
    assert b"<PartNumber>1</PartNumber>" in wire.send(gateway, "GET", url, {}).body


def test_a_bucket_in_the_host_name_is_part_of_the_resource(gateway: Gateway, s3: Any) -> None:
    s3.put_object(Bucket="buck", Key="k", Body=b"hello")
    virtual = boto3.client(
        "s3",
        endpoint_url=f"http://{DOMAIN}",
        aws_access_key_id=ALICE,
        aws_secret_access_key=SECRETS[ALICE],
        region_name="us-east-1",
        config=Config(signature_version="s3", s3={"addressing_style": "virtual"}),
    )
    url = virtual.generate_presigned_url("get_object", {"Bucket": "buck", "Key": "k"})
    host, _, rest = url.removeprefix("http://").partition("/")
    assert host == f"buck.{DOMAIN}"
    assert wire.send(gateway, "GET", "/" + rest, {"Host": host}).body == b"hello"
