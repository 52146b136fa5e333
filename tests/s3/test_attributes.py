"""What is kept beside the bytes comes back with them."""

from typing import Any

import pytest

from tests.s3 import wire
from tests.s3.gateway import ALICE, Gateway


def test_headers_and_metadata_come_back(s3: Any) -> None:
    kept = {
        "ContentType": "text/plain; charset=utf-8",
        "CacheControl": "no-store",
        "ContentDisposition": 'attachment; filename="x"',
        "ContentEncoding": "gzip",
        "ContentLanguage": "fr",
    }
    s3.put_object(Bucket="buck", Key="k", Body=b"not gzip", Metadata={"Who": "me", "empty": ""}, **kept)
    for read in (s3.get_object, s3.head_object):
        found = read(Bucket="buck", Key="k")
        assert {name: found[name] for name in kept} == kept
        assert found["Metadata"] == {"who": "me", "empty": ""}


def test_an_object_without_a_type_has_the_usual_one(gateway: Gateway, s3: Any) -> None:
    wire.call(gateway, "PUT", "/buck/k", {}, b"x")
    assert s3.head_object(Bucket="buck", Key="k")["ContentType"] == "binary/octet-stream"


@pytest.mark.parametrize(
    ("sent", "kept"), [("aws-chunked", None), ("gzip,aws-chunked", "gzip"), ("aws-chunked, br", "br")]
)
def test_the_wrapping_of_a_body_is_no_encoding_of_the_object(
    gateway: Gateway, s3: Any, sent: str, kept: str | None
) -> None:
    headers = {"content-encoding": sent, "x-amz-decoded-content-length": "1"}
    body = b"1\r\na\r\n0\r\n\r\n"
    reply = wire.call(gateway, "PUT", "/buck/k", headers, body, payload="STREAMING-UNSIGNED-PAYLOAD-TRAILER")
    assert reply.status == 200
    assert wire.call(gateway, "GET", "/buck/k").headers.get("content-encoding") == kept


def test_metadata_is_bounded(s3: Any) -> None:
    s3.put_object(Bucket="buck", Key="k", Body=b"", Metadata={"k": "v" * 2047})
    with pytest.raises(wire.ClientError) as failure:
        s3.put_object(Bucket="buck", Key="k", Body=b"", Metadata={"k": "v" * 2048})
    assert wire.code(failure) == (400, "MetadataTooLarge")


def test_a_read_may_override_headers(s3: Any) -> None:
    s3.put_object(Bucket="buck", Key="k", Body=b"x")
    found = s3.get_object(
        Bucket="buck", Key="k", ResponseContentType="a/b", ResponseContentDisposition="inline"
    )
    assert (found["ContentType"], found["ContentDisposition"]) == ("a/b", "inline")


@pytest.mark.parametrize("value", ["a%0D%0Aset-cookie", "a%0Ab", "%E2%82%AC", "%01"])
def test_an_override_cannot_split_the_response(gateway: Gateway, s3: Any, value: str) -> None:
    s3.put_object(Bucket="buck", Key="k", Body=b"x")
    reply = wire.call(gateway, "GET", f"/buck/k?response-content-type={value}")
    assert (reply.status, reply.code) == (400, "InvalidArgument")


def test_a_presigned_put_may_carry_metadata_in_its_query(gateway: Gateway, s3: Any) -> None:
    query = [("x-amz-meta-who", "me")]
    signer = gateway.storage._signed(gateway.ids[ALICE])
    url = signer.presign("PUT", b"/buck/k", query, gateway.app._clock(), 60)
    assert wire.send(gateway, "PUT", url.removeprefix(gateway.endpoint), {}, b"x").status == 200
    assert s3.head_object(Bucket="buck", Key="k")["Metadata"] == {"who": "me"}
