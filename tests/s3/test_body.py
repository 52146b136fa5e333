"""Bodies in every mode, verified before anything is kept."""

import base64
import hashlib
from typing import Any

import pytest

from stokehold.s3 import checksums
from tests.s3 import wire
from tests.s3.gateway import ALICE, SECRETS, Gateway

UNSIGNED_TRAILER = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
SIGNED = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
SIGNED_TRAILER = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"
CHUNKS = [b"a" * 81920, b"b" * 81920, b"c" * 1_500_000, b"end"]
WHOLE = b"".join(CHUNKS)


def checksum(algorithm: str, data: bytes) -> str:
    running = checksums.new(algorithm)
    running.update(data)
    return checksums.encoded(running.digest())


def stored(s3: Any) -> bytes:
    data: bytes = s3.get_object(Bucket="buck", Key="k")["Body"].read()
    return data


def unsigned_body(chunks: list[bytes], *trailer: bytes) -> bytes:
    framed = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks)
    return framed + b"0\r\n" + b"".join(line + b"\r\n" for line in trailer) + b"\r\n"


@pytest.mark.parametrize("chunks", [CHUNKS, [b"hello"], []])
@pytest.mark.parametrize("algorithm", ["crc32", "crc32c", "crc64nvme", "sha1", "sha256"])
def test_an_unsigned_body_with_a_trailer(
    gateway: Gateway, s3: Any, algorithm: str, chunks: list[bytes]
) -> None:
    whole = b"".join(chunks)
    name = f"x-amz-checksum-{algorithm}"
    headers = {"x-amz-decoded-content-length": str(len(whole)), "x-amz-trailer": name}
    value = checksum(algorithm, whole)
    body = unsigned_body(chunks, f"{name}:{value}".encode())
    reply = wire.call(gateway, "PUT", "/buck/k", headers, body, payload=UNSIGNED_TRAILER)
    assert (reply.status, reply.headers[name]) == (200, value)
    assert reply.headers["etag"] == f'"{hashlib.md5(whole).hexdigest()}"'
    assert stored(s3) == whole


@pytest.mark.parametrize("trailer", [True, False])
def test_a_body_of_signed_chunks(gateway: Gateway, s3: Any, trailer: bool) -> None:
    name, value = "x-amz-checksum-crc32", checksum("crc32", WHOLE)
    headers = {"x-amz-decoded-content-length": str(len(WHOLE)), "content-encoding": "aws-chunked"}
    headers |= {"x-amz-trailer": name} if trailer else {}
    signed = wire.sign(gateway, "PUT", "/buck/k", headers, payload=SIGNED_TRAILER if trailer else SIGNED)
    body = wire.sealed_body(signed, SECRETS[ALICE], CHUNKS, (name, value) if trailer else None)
    assert wire.send(gateway, "PUT", "/buck/k", signed, body).status == 200
    assert stored(s3) == WHOLE


def test_a_signed_body_changed_on_the_way_is_refused(gateway: Gateway, s3: Any) -> None:
    headers = {"x-amz-decoded-content-length": str(len(WHOLE))}
    signed = wire.sign(gateway, "PUT", "/buck/k", headers, payload=SIGNED)
    body = wire.sealed_body(signed, SECRETS[ALICE], CHUNKS).replace(b"aaaa", b"aaab", 1)
    assert wire.send(gateway, "PUT", "/buck/k", signed, body).code == "SignatureDoesNotMatch"
    forged = wire.sealed_body(signed, "another secret", CHUNKS)
    assert wire.send(gateway, "PUT", "/buck/k", signed, forged).code == "SignatureDoesNotMatch"
    assert gateway.files() == []


def test_a_chunked_body_cut_at_any_byte_is_refused_and_leaves_nothing(gateway: Gateway, s3: Any) -> None:
    headers = {"x-amz-decoded-content-length": "5", "x-amz-trailer": "x-amz-checksum-crc32"}
    signed = wire.sign(gateway, "PUT", "/buck/k", headers, payload=UNSIGNED_TRAILER)
    body = unsigned_body([b"hello"], b"x-amz-checksum-crc32:NhCmhg==")
    for end in range(len(body)):
        reply = wire.send(gateway, "PUT", "/buck/k", signed, body[:end])
        assert reply.status == 400
        assert reply.code in {"IncompleteBody", "MalformedTrailerError"}
    assert gateway.files() == []
    assert wire.send(gateway, "PUT", "/buck/k", signed, body).status == 200


@pytest.mark.parametrize("algorithm", ["crc32", "crc32c", "crc64nvme", "sha1", "sha256"])
def test_a_checksum_in_a_header_is_verified_and_echoed(gateway: Gateway, s3: Any, algorithm: str) -> None:
    name = f"x-amz-checksum-{algorithm}"
    good, bad = checksum(algorithm, b"hello"), checksum(algorithm, b"other")
    reply = wire.call(gateway, "PUT", "/buck/k", {name: good}, b"hello")
    assert (reply.status, reply.headers[name], reply.headers["x-amz-checksum-type"]) == (
        200,
        good,
        "FULL_OBJECT",
    )
    assert wire.call(gateway, "PUT", "/buck/j", {name: bad}, b"hello").code == "BadDigest"
    assert wire.call(gateway, "PUT", "/buck/j", {name: "x"}, b"hello").code == "InvalidRequest"
    assert len(gateway.files()) == 1


def test_a_wrong_checksum_in_the_trailer_is_refused(gateway: Gateway, s3: Any) -> None:
    headers = {"x-amz-decoded-content-length": "5", "x-amz-trailer": "x-amz-checksum-crc32"}
    for value, code in ((b"AAAAAA==", "BadDigest"), (b"AAAA", "InvalidRequest"), (b"", "InvalidRequest")):
        body = unsigned_body([b"hello"], b"x-amz-checksum-crc32:" + value)
        reply = wire.call(gateway, "PUT", "/buck/k", headers, body, payload=UNSIGNED_TRAILER)
        assert (reply.status, reply.code) == (400, code)
    assert gateway.files() == []


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"x-amz-checksum-crc32": "NhCmhg==", "x-amz-checksum-sha1": "x"}, "InvalidRequest"),
        ({"x-amz-checksum-md4": "NhCmhg=="}, "InvalidRequest"),
        ({"x-amz-trailer": "x-amz-checksum-crc32"}, "InvalidRequest"),
        ({"content-md5": "x"}, "InvalidDigest"),
        ({"content-md5": base64.b64encode(bytes(16)).decode()}, "BadDigest"),
    ],
)
def test_contradictions_are_refused(gateway: Gateway, s3: Any, headers: dict[str, str], code: str) -> None:
    assert wire.call(gateway, "PUT", "/buck/k", headers, b"hello").code == code
    assert gateway.files() == []


def test_a_right_content_md5_is_taken(gateway: Gateway, s3: Any) -> None:
    md5 = base64.b64encode(hashlib.md5(b"hello").digest()).decode()
    reply = wire.call(gateway, "PUT", "/buck/k", {"content-md5": md5}, b"hello", payload="UNSIGNED-PAYLOAD")
    assert reply.status == 200


@pytest.mark.parametrize("size", [5, 2_000_000])
def test_a_body_that_is_not_the_signed_one_is_refused(gateway: Gateway, s3: Any, size: int) -> None:
    signed = wire.sign(gateway, "PUT", "/buck/k", {}, b"x" * size)
    assert wire.send(gateway, "PUT", "/buck/k", signed, b"y" * size).code == "XAmzContentSHA256Mismatch"
    assert gateway.files() == []


@pytest.mark.parametrize(
    ("payload", "headers", "code"),
    [
        ("UNSIGNED-PAYLOAD", {"transfer-encoding": "chunked"}, "MissingContentLength"),
        (UNSIGNED_TRAILER, {}, "MissingContentLength"),
        (UNSIGNED_TRAILER, {"x-amz-decoded-content-length": "-1"}, "InvalidArgument"),
        (UNSIGNED_TRAILER, {"x-amz-decoded-content-length": "6000000000"}, "EntityTooLarge"),
        (UNSIGNED_TRAILER, {"x-amz-decoded-content-length": "6"}, "IncompleteBody"),
        (UNSIGNED_TRAILER, {"x-amz-decoded-content-length": "4"}, "IncompleteBody"),
    ],
)
def test_lengths_must_be_true(
    gateway: Gateway, s3: Any, payload: str, headers: dict[str, str], code: str
) -> None:
    body = unsigned_body([b"hello"])
    body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body) if "transfer-encoding" in headers else body
    assert wire.call(gateway, "PUT", "/buck/k", headers, body, payload=payload).code == code
    assert gateway.files() == []


def test_a_body_over_five_gib_is_refused_before_it_is_sent(gateway: Gateway, s3: Any) -> None:
    signed = wire.sign(gateway, "PUT", "/buck/k", payload="UNSIGNED-PAYLOAD")
    reply = wire.send_expecting(gateway, "/buck/k", {**signed, "Content-Length": str(5 * 1024**3 + 1)}, b"")
    assert reply.code == "EntityTooLarge"


def test_boto3_over_tls_streams_with_a_trailer_of_its_own(gateway: Gateway, s3: Any) -> None:
    """What boto3 sends over https, in one HTTP chunk for each of its own."""
    inner = unsigned_body([b"hello"], b"x-amz-checksum-crc32:NhCmhg==")
    headers = {
        "content-encoding": "aws-chunked",
        "transfer-encoding": "chunked",
        "x-amz-decoded-content-length": "5",
        "x-amz-trailer": "x-amz-checksum-crc32",
    }
    signed = wire.sign(gateway, "PUT", "/buck/k", headers, payload=UNSIGNED_TRAILER)
    body = b"".join(b"1\r\n%c\r\n" % byte for byte in inner) + b"0\r\n\r\n"
    assert wire.send_expecting(gateway, "/buck/k", signed, body).status == 200
    assert stored(s3) == b"hello"


def test_a_body_that_stalls_is_given_up(gateway: Gateway, s3: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stokehold.s3.body.IDLE_S", 0.2)
    signed = wire.sign(gateway, "PUT", "/buck/k", payload="UNSIGNED-PAYLOAD")
    reply = wire.send_expecting(gateway, "/buck/k", {**signed, "Content-Length": "10"}, b"half")
    assert (reply.code, reply.headers["connection"]) == ("RequestTimeout", "close")
    assert gateway.files() == []
