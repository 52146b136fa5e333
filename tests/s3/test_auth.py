"""Who may do what: every mode of signing, and everything that is wrong with one."""

import re
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from stokehold.s3.sigv4 import MOMENT
from tests.s3 import wire
from tests.s3.gateway import ALICE, BOB, Gateway

STREAMING = (
    "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
    "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
    "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
)
PAYLOADS = ("UNSIGNED-PAYLOAD", "", *STREAMING)
CHANGES = (
    ("PUT", "/buck/k"),
    ("PUT", "/buck/k?partNumber=1&uploadId=x"),
    ("POST", "/buck?delete="),
    ("DELETE", "/buck/there"),
    ("PUT", "/other"),
)


@pytest.fixture(autouse=True)
def there(s3: Any) -> None:
    s3.put_object(Bucket="buck", Key="there", Body=b"hello")


def presigned(gateway: Gateway, operation: str = "get_object", key: str = "there", **params: Any) -> str:
    """The target of a URL of version 4."""
    client = gateway.client(ALICE, signature_version="s3v4")
    expires = params.pop("ExpiresIn", 60)
    url = client.generate_presigned_url(
        operation, {"Bucket": "buck", "Key": key, **params}, ExpiresIn=expires
    )
    return str(url).removeprefix(gateway.endpoint)


@pytest.mark.parametrize("payload", PAYLOADS)
@pytest.mark.parametrize(("method", "target"), CHANGES)
def test_a_forged_signature_changes_nothing(
    gateway: Gateway, s3: Any, method: str, target: str, payload: str
) -> None:
    headers = {"x-amz-decoded-content-length": "5"} if payload in STREAMING else {}
    signed = wire.sign(gateway, method, target, headers, b"hello", payload=payload)
    signed["Authorization"] = re.sub("Signature=.{8}", "Signature=00000000", signed["Authorization"])
    reply = wire.send(gateway, method, target, signed, b"hello")
    assert (reply.status, reply.code) == (403, "SignatureDoesNotMatch")
    assert [item["Key"] for item in s3.list_objects_v2(Bucket="buck")["Contents"]] == ["there"]


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "POST", "OPTIONS"])
def test_anonymous_requests_are_refused(gateway: Gateway, method: str) -> None:
    assert wire.send(gateway, method, "/buck/there", {}).status == 403


def test_an_unknown_key_and_a_wrong_secret_get_answers_of_one_shape(gateway: Gateway) -> None:
    unknown = wire.call(gateway, "GET", "/buck/there", access_key="nobody@example.org", secret="x")
    wrong = wire.call(gateway, "GET", "/buck/there", secret="wrong")
    assert (unknown.status, unknown.code) == (403, "InvalidAccessKeyId")
    assert (wrong.status, wrong.code) == (403, "SignatureDoesNotMatch")
    assert set(unknown.headers) == set(wrong.headers)


@pytest.mark.parametrize("name", ["x-amz-copy-source", "x-amz-meta-a", "x-amz-tagging", "x-amz-acl"])
def test_amz_headers_that_were_not_signed_are_refused(gateway: Gateway, s3: Any, name: str) -> None:
    signed = wire.sign(gateway, "PUT", "/buck/new", {}, b"")
    for reply in (
        wire.send(gateway, "PUT", "/buck/new", {**signed, name: "buck/there"}),
        wire.send(gateway, "PUT", presigned(gateway, "put_object", "new"), {name: "buck/there"}),
    ):
        assert (reply.status, reply.code) == (403, "AccessDenied")
        assert b"not signed" in reply.body
    assert s3.list_objects_v2(Bucket="buck")["KeyCount"] == 1


def test_a_content_type_need_not_be_signed(gateway: Gateway, s3: Any) -> None:
    url = presigned(gateway, "put_object", "new")
    assert wire.send(gateway, "PUT", url, {"Content-Type": "text/css"}, b"x").status == 200
    assert s3.head_object(Bucket="buck", Key="new")["ContentType"] == "text/css"


@pytest.mark.parametrize("waits", [True, False])
def test_a_http_trailer_never_becomes_a_header(gateway: Gateway, s3: Any, waits: bool) -> None:
    payload = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
    given = {"x-amz-decoded-content-length": "1", "x-amz-trailer": "x-amz-checksum-crc32"}
    signed = wire.sign(
        gateway, "PUT", "/buck/new", {**given, "transfer-encoding": "chunked"}, payload=payload
    )
    inner = b"1\r\na\r\n0\r\nx-amz-checksum-crc32:6Le+Qw==\r\n\r\n"
    body = b"%x\r\n%s\r\n0\r\nx-amz-copy-source: buck/there\r\nx-amz-meta-evil: 1\r\n\r\n" % (
        len(inner),
        inner,
    )
    if waits:
        assert wire.send_expecting(gateway, "/buck/new", signed, body).status == 200
        found = s3.get_object(Bucket="buck", Key="new")
        assert (found["Body"].read(), found["Metadata"]) == (b"a", {})
    else:  # the server has joined them before we are asked: they are headers that nobody signed
        assert wire.send(gateway, "PUT", "/buck/new", signed, body).status == 403


def test_two_ways_of_signing_at_once_are_refused(gateway: Gateway) -> None:
    url = presigned(gateway)
    signed = wire.sign(gateway, "GET", url)
    assert wire.send(gateway, "GET", url, signed).status == 400
    assert wire.send(gateway, "GET", url + "&Signature=x&AWSAccessKeyId=y&Expires=1", {}).status == 400
    raw = f"GET /buck HTTP/1.1\r\nHost: h\r\nAuthorization: {signed['Authorization']}\r\nAuthorization: AWS a:b\r\n\r\n"
    assert wire.send_raw(gateway, raw.encode()).status == 400


@pytest.mark.parametrize("payload", STREAMING)
def test_a_presigned_url_takes_no_streaming_body(gateway: Gateway, payload: str) -> None:
    headers = {"x-amz-content-sha256": payload, "x-amz-decoded-content-length": "0"}
    assert wire.send(gateway, "PUT", presigned(gateway, "put_object", "new"), headers).status in {400, 403}
    reply = wire.send(
        gateway, "PUT", presigned(gateway, "put_object", "new"), {"x-amz-content-sha256": payload}
    )
    assert reply.status == 400


@pytest.mark.parametrize("payload", ["", "nonsense", "STREAMING-OTHER", "plain", "A" * 64, "a" * 63])
def test_an_unknown_kind_of_payload_is_refused(gateway: Gateway, payload: str) -> None:
    signed = wire.sign(gateway, "PUT", "/buck/k", {}, b"x", payload=payload or "drop")
    if not payload:
        signed = {name: value for name, value in signed.items() if name != "X-Amz-Content-SHA256"}
    assert wire.send(gateway, "PUT", "/buck/k", signed, b"x").status == 400


@pytest.mark.parametrize(("minutes", "status"), [(-16, 403), (-14, 200), (14, 200), (16, 403)])
def test_a_clock_may_be_wrong_by_15_minutes(gateway: Gateway, minutes: int, status: int) -> None:
    ahead = timedelta(minutes=minutes).total_seconds()
    clock = gateway.app._clock
    gateway.app._clock = lambda: clock() + ahead
    reply = wire.call(gateway, "GET", "/buck/there")
    assert (reply.status, reply.code) == (status, "" if status == 200 else "RequestTimeTooSkewed")


def test_the_day_of_the_credential_is_the_day_of_the_request(gateway: Gateway) -> None:
    signed = wire.sign(gateway, "GET", "/buck/there")
    signed["X-Amz-Date"] = "20200101T000000Z"
    assert wire.send(gateway, "GET", "/buck/there", signed).code == "AuthorizationHeaderMalformed"


def test_the_date_header_stands_in_for_x_amz_date(gateway: Gateway) -> None:
    signed = wire.sign(gateway, "GET", "/buck/there")
    moment = datetime.strptime(signed.pop("X-Amz-Date"), MOMENT).replace(tzinfo=UTC)
    reply = wire.send(gateway, "GET", "/buck/there", {**signed, "Date": format_datetime(moment)})
    assert reply.code == "SignatureDoesNotMatch"  # but not for want of a date
    assert wire.send(gateway, "GET", "/buck/there", signed).code == "AccessDenied"
    assert wire.send(gateway, "GET", "/buck/there", {**signed, "Date": "yesterday"}).code == "AccessDenied"


def test_a_presigned_url_reads_until_it_expires(gateway: Gateway) -> None:
    url = presigned(gateway, ExpiresIn=60)
    assert wire.send(gateway, "GET", url, {}).body == b"hello"
    clock = gateway.app._clock
    gateway.app._clock = lambda: clock() + 62
    reply = wire.send(gateway, "GET", url, {})
    assert (reply.code, b"Request has expired" in reply.body) == ("AccessDenied", True)
    gateway.app._clock = lambda: clock() - 2000
    assert wire.send(gateway, "GET", url, {}).code == "AccessDenied"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("X-Amz-Expires=60", "X-Amz-Expires=604801"),
        ("X-Amz-Expires=60", "X-Amz-Expires=0"),
        ("X-Amz-Expires=60", "X-Amz-Expires=-1"),
        ("X-Amz-Expires=60", "X-Amz-Expires=abc"),
        ("X-Amz-Expires=60", ""),
        ("X-Amz-Algorithm=AWS4-HMAC-SHA256", "X-Amz-Algorithm=AWS4-HMAC-SHA1"),
        ("X-Amz-SignedHeaders=host", "X-Amz-SignedHeaders=x-amz-date"),
        ("X-Amz-SignedHeaders=host", "X-Amz-SignedHeaders=host&X-Amz-SignedHeaders=host"),
        ("%2Fs3%2Faws4_request", "%2Fec2%2Faws4_request"),
        ("X-Amz-Signature=", "X-Amz-Signature=zz"),
    ],
)
def test_a_malformed_presigned_url_is_refused(gateway: Gateway, old: str, new: str) -> None:
    url = presigned(gateway)
    assert old in url
    reply = wire.send(gateway, "GET", url.replace(old, new), {})
    assert (reply.status, reply.code) == (400, "AuthorizationQueryParametersError")


def test_a_presigned_url_serves_one_method_and_one_key(gateway: Gateway) -> None:
    url = presigned(gateway)
    assert wire.send(gateway, "DELETE", url, {}).status == 403
    assert wire.send(gateway, "GET", url.replace("there", "other"), {}).status == 403
    assert wire.send(gateway, "GET", url + "&response-content-type=text/html", {}).status == 403


def test_checksums_hoisted_into_the_query_are_ignored(gateway: Gateway) -> None:
    url = gateway.storage._signed(gateway.ids[ALICE]).presign(
        "PUT",
        b"/buck/js",
        [("x-amz-checksum-crc32", "AAAAAA=="), ("x-amz-sdk-checksum-algorithm", "CRC32")],
        gateway.app._clock(),
        60,
    )
    assert wire.send(gateway, "PUT", url.removeprefix(gateway.endpoint), {}, b"hello").status == 200


def test_a_presigned_url_may_bind_its_payload(gateway: Gateway) -> None:
    url = presigned(gateway, "put_object", "new")
    reply = wire.send(gateway, "PUT", url, {"x-amz-content-sha256": wire.EMPTY_SHA256}, b"hello")
    assert reply.code == "XAmzContentSHA256Mismatch"


@pytest.mark.parametrize(
    "name", ["a b", "a+b", "é", "~", "*", "'()", "a&b=c", "%2e%2e", "a//b", "?", "#", "日本"]
)
def test_awkward_names_are_signed_and_routed_alike(gateway: Gateway, s3: Any, name: str) -> None:
    target = wire.target("buck", name, "x-id=PutObject&empty=&")
    assert wire.call(gateway, "PUT", target.replace("&empty=&", ""), {}, b"x").status == 200
    assert s3.list_objects_v2(Bucket="buck", Prefix=name)["Contents"][0]["Key"] == name


@pytest.mark.parametrize(
    "operation",
    [
        ("head_bucket", {}),
        ("list_objects_v2", {}),
        ("get_object", {"Key": "there"}),
        ("head_object", {"Key": "there"}),
        ("put_object", {"Key": "there"}),
        ("delete_object", {"Key": "there"}),
        ("delete_objects", {"Delete": {"Objects": [{"Key": "there"}]}}),
        ("copy_object", {"Key": "k", "CopySource": "buck/there"}),
        ("create_multipart_upload", {"Key": "k"}),
        ("list_multipart_uploads", {}),
        ("get_bucket_acl", {}),
        ("delete_bucket", {}),
    ],
)
def test_another_account_sees_no_bucket_at_all(
    bob: Any, s3: Any, operation: tuple[str, dict[str, Any]]
) -> None:
    name, params = operation
    with pytest.raises(wire.ClientError) as failure:
        getattr(bob, name)(Bucket="buck", **params)
    assert wire.code(failure)[0] == 404
    assert s3.get_object(Bucket="buck", Key="there")["Body"].read() == b"hello"


def test_copies_and_uploads_cannot_reach_into_another_account(gateway: Gateway, s3: Any, bob: Any) -> None:
    bob.create_bucket(Bucket="mine")
    upload = s3.create_multipart_upload(Bucket="buck", Key="k")["UploadId"]
    with pytest.raises(wire.ClientError) as copy:
        bob.copy_object(Bucket="mine", Key="k", CopySource="buck/there")
    assert wire.code(copy) == (404, "NoSuchBucket")
    own = bob.create_multipart_upload(Bucket="mine", Key="k")["UploadId"]
    with pytest.raises(wire.ClientError) as part:
        bob.upload_part_copy(Bucket="mine", Key="k", UploadId=own, PartNumber=1, CopySource="buck/there")
    assert wire.code(part) == (404, "NoSuchBucket")
    bob.create_bucket(Bucket="buck")
    for bucket in ("mine", "buck"):
        with pytest.raises(wire.ClientError) as foreign:
            bob.upload_part(Bucket=bucket, Key="k", UploadId=upload, PartNumber=1, Body=b"x")
        assert wire.code(foreign) == (404, "NoSuchUpload")
    assert BOB in gateway.ids


@pytest.mark.parametrize("region", ["us-east-1", "default", "eu-west-3", "anything-at-all"])
def test_every_region_is_accepted(gateway: Gateway, region: str) -> None:
    assert (
        gateway.client(ALICE, region=region).get_object(Bucket="buck", Key="there")["Body"].read() == b"hello"
    )
