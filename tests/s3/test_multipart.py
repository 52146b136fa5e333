"""Multipart uploads from their beginning to their end."""

import base64
import hashlib
from typing import Any

import pytest

from stokehold.s3 import checksums
from tests.s3 import wire
from tests.s3.gateway import Gateway

MIB = 1024**2
BIG, LAST = b"a" * (5 * MIB), b"the last part"


def begin(s3: Any, key: str = "k", **options: Any) -> str:
    return str(s3.create_multipart_upload(Bucket="buck", Key=key, **options)["UploadId"])


def part(s3: Any, upload: str, number: int, body: bytes, **options: Any) -> dict[str, Any]:
    answer = s3.upload_part(Bucket="buck", Key="k", UploadId=upload, PartNumber=number, Body=body, **options)
    kept = {name: value for name, value in answer.items() if name == "ETag" or name.startswith("Checksum")}
    kept.pop("ChecksumType", None)
    return {"PartNumber": number, **kept}


def complete(s3: Any, upload: str, parts: list[dict[str, Any]], **options: Any) -> Any:
    return s3.complete_multipart_upload(
        Bucket="buck", Key="k", UploadId=upload, MultipartUpload={"Parts": parts}, **options
    )


def etag(*parts: bytes) -> str:
    digest = hashlib.md5(b"".join(hashlib.md5(part).digest() for part in parts)).hexdigest()
    return f'"{digest}-{len(parts)}"'


def refused(action: Any, *args: Any, **options: Any) -> tuple[int, str]:
    with pytest.raises(wire.ClientError) as failure:
        action(*args, **options)
    return wire.code(failure)


def test_parts_become_one_object_whatever_their_order_of_arrival(gateway: Gateway, s3: Any) -> None:
    upload = begin(s3, ContentType="text/plain", Metadata={"who": "me"})
    second = part(s3, upload, 7, LAST)
    first = part(s3, upload, 3, BIG)
    answer = complete(s3, upload, [first, second])
    found = s3.get_object(Bucket="buck", Key="k")
    assert answer["ETag"] == found["ETag"] == etag(BIG, LAST)
    assert (found["ContentType"], found["Metadata"]) == ("text/plain", {"who": "me"})
    assert found["Body"].read() == BIG + LAST
    head = s3.head_bucket(Bucket="buck")["ResponseMetadata"]["HTTPHeaders"]
    assert (head["x-rgw-object-count"], head["x-rgw-bytes-used"]) == ("1", str(len(BIG + LAST)))
    assert len(gateway.files()) == 2


def test_ranges_cross_the_borders_of_parts(s3: Any) -> None:
    upload = begin(s3)
    complete(s3, upload, [part(s3, upload, 1, BIG), part(s3, upload, 2, LAST)])
    found = s3.get_object(Bucket="buck", Key="k", Range=f"bytes={len(BIG) - 3}-{len(BIG) + 2}")
    assert found["Body"].read() == b"aaathe"


def test_a_part_can_be_read_by_its_number(s3: Any) -> None:
    upload = begin(s3)
    complete(s3, upload, [part(s3, upload, 1, BIG), part(s3, upload, 2, LAST)])
    found = s3.get_object(Bucket="buck", Key="k", PartNumber=2)
    assert (found["Body"].read(), found["PartsCount"]) == (LAST, 2)
    assert s3.head_object(Bucket="buck", Key="k", PartNumber=1)["ContentLength"] == len(BIG)


def test_a_part_sent_again_replaces_the_first(gateway: Gateway, s3: Any) -> None:
    upload = begin(s3)
    old = part(s3, upload, 1, b"old")
    new = part(s3, upload, 1, b"new")
    assert len(gateway.files()) == 1
    assert refused(complete, s3, upload, [old]) == (400, "InvalidPart")
    complete(s3, upload, [new])
    assert s3.get_object(Bucket="buck", Key="k")["Body"].read() == b"new"


def test_a_repeated_completion_has_the_same_answer(gateway: Gateway, s3: Any) -> None:
    upload = begin(s3)
    parts = [part(s3, upload, 1, LAST)]
    first = complete(s3, upload, parts)
    s3.put_object(Bucket="buck", Key="k", Body=b"newer")
    assert complete(s3, upload, parts)["ETag"] == first["ETag"]
    assert s3.get_object(Bucket="buck", Key="k")["Body"].read() == b"newer"
    assert refused(s3.abort_multipart_upload, Bucket="buck", Key="k", UploadId=upload) == (
        404,
        "NoSuchUpload",
    )
    assert refused(part, s3, upload, 2, b"late") == (404, "NoSuchUpload")
    assert len(gateway.files()) == 1


def test_parts_that_the_completion_leaves_out_are_dropped(gateway: Gateway, s3: Any) -> None:
    upload = begin(s3)
    part(s3, upload, 1, b"left out")
    complete(s3, upload, [part(s3, upload, 2, LAST)])
    assert s3.get_object(Bucket="buck", Key="k")["Body"].read() == LAST
    assert len(gateway.files()) == 1


def test_an_aborted_upload_leaves_nothing(gateway: Gateway, s3: Any) -> None:
    upload = begin(s3)
    part(s3, upload, 1, b"part")
    s3.abort_multipart_upload(Bucket="buck", Key="k", UploadId=upload)
    assert gateway.files() == []
    assert refused(s3.abort_multipart_upload, Bucket="buck", Key="k", UploadId=upload) == (
        404,
        "NoSuchUpload",
    )
    assert refused(part, s3, upload, 1, b"late") == (404, "NoSuchUpload")
    assert refused(complete, s3, upload, [{"PartNumber": 1, "ETag": "x"}]) == (404, "NoSuchUpload")


def test_a_part_for_an_unknown_upload_is_refused_before_its_body(gateway: Gateway, s3: Any) -> None:
    target = "/buck/k?partNumber=1&uploadId=unknown"
    signed = wire.sign(gateway, "PUT", target, payload="UNSIGNED-PAYLOAD")
    reply = wire.send_expecting(gateway, target, {**signed, "Content-Length": "9"}, b"")
    assert reply.code == "NoSuchUpload"


def test_wrong_completions_are_refused(s3: Any) -> None:
    upload = begin(s3)
    first, second = part(s3, upload, 1, b"too small"), part(s3, upload, 2, LAST)
    assert refused(complete, s3, upload, [second, first]) == (400, "InvalidPartOrder")
    assert refused(complete, s3, upload, [first, first]) == (400, "InvalidPartOrder")
    assert refused(complete, s3, upload, [first, second]) == (400, "EntityTooSmall")
    assert refused(complete, s3, upload, [{**second, "PartNumber": 3}]) == (400, "InvalidPart")
    assert refused(complete, s3, upload, [{**second, "ETag": '"0"'}]) == (400, "InvalidPart")
    assert refused(complete, s3, upload, [second], MpuObjectSize=1) == (400, "InvalidRequest")
    complete(s3, upload, [second], MpuObjectSize=len(LAST))


@pytest.mark.parametrize(
    "body",
    [
        "",
        "<CompleteMultipartUpload/>",
        "<CompleteMultipartUpload><Part/></CompleteMultipartUpload>",
        "<CompleteMultipartUpload><Part><PartNumber>x</PartNumber><ETag>e</ETag></Part></CompleteMultipartUpload>",
        "<CompleteMultipartUpload><Other/></CompleteMultipartUpload>",
        "<Delete/>",
    ],
)
def test_a_malformed_completion_is_refused(gateway: Gateway, s3: Any, body: str) -> None:
    target = f"/buck/k?uploadId={begin(s3)}"
    assert wire.call(gateway, "POST", target, {}, body.encode()).code == "MalformedXML"


@pytest.mark.parametrize("quote", ['"', "", "&quot;", "&#34;"])
def test_etags_may_be_quoted_in_any_way_and_namespaces_left_out(
    gateway: Gateway, s3: Any, quote: str
) -> None:
    upload = begin(s3)
    tag = part(s3, upload, 1, LAST)["ETag"].strip('"')
    inner = f"<Part><ETag>{quote}{tag}{quote}</ETag><PartNumber>1</PartNumber></Part>"
    body = f"<CompleteMultipartUpload>{inner}</CompleteMultipartUpload>".encode()
    assert wire.call(gateway, "POST", f"/buck/k?uploadId={upload}", {}, body).status == 200


@pytest.mark.parametrize("number", ["0", "10001", "x", "-1", ""])
def test_part_numbers_are_1_to_10000(gateway: Gateway, s3: Any, number: str) -> None:
    reply = wire.call(gateway, "PUT", f"/buck/k?partNumber={number}&uploadId={begin(s3)}", {}, b"x")
    assert reply.code == "InvalidArgument"


@pytest.mark.parametrize("algorithm", ["CRC32", "CRC32C", "SHA1", "SHA256"])
def test_a_composite_checksum_is_that_of_the_parts_checksums(s3: Any, algorithm: str) -> None:
    upload = begin(s3, ChecksumAlgorithm=algorithm)
    parts = [part(s3, upload, n, b, ChecksumAlgorithm=algorithm) for n, b in ((1, BIG), (2, LAST))]
    answer = complete(s3, upload, parts)
    name = f"Checksum{algorithm}"
    total = checksums.new(algorithm.lower())
    for one in parts:
        total.update(base64.b64decode(one[name]))
    assert answer[name] == f"{base64.b64encode(total.digest()).decode()}-2"
    found = s3.get_object(Bucket="buck", Key="k", ChecksumMode="ENABLED")
    assert (found[name], found["ChecksumType"]) == (answer[name], "COMPOSITE")
    assert found["Body"].read() == BIG + LAST


@pytest.mark.parametrize("algorithm", ["CRC32", "CRC32C", "CRC64NVME"])
def test_a_full_checksum_is_that_of_the_whole(s3: Any, algorithm: str) -> None:
    upload = begin(s3, ChecksumAlgorithm=algorithm, ChecksumType="FULL_OBJECT")
    parts = [part(s3, upload, n, b, ChecksumAlgorithm=algorithm) for n, b in ((1, BIG), (2, LAST))]
    answer = complete(s3, upload, parts)
    whole = checksums.new(algorithm.lower())
    whole.update(BIG + LAST)
    assert answer[f"Checksum{algorithm}"] == base64.b64encode(whole.digest()).decode()
    assert s3.get_object(Bucket="buck", Key="k", ChecksumMode="ENABLED")["Body"].read() == BIG + LAST


def test_checksums_that_do_not_fit_the_upload_are_refused(s3: Any) -> None:
    assert refused(begin, s3, ChecksumAlgorithm="SHA256", ChecksumType="FULL_OBJECT") == (
        400,
        "InvalidRequest",
    )
    assert refused(begin, s3, ChecksumAlgorithm="CRC64NVME", ChecksumType="COMPOSITE") == (
        400,
        "InvalidRequest",
    )
    upload = begin(s3, ChecksumAlgorithm="SHA256")
    assert refused(part, s3, upload, 1, LAST, ChecksumAlgorithm="SHA1") == (400, "InvalidRequest")
    good = part(s3, upload, 1, LAST, ChecksumAlgorithm="SHA256")
    bad = {**good, "ChecksumSHA256": base64.b64encode(bytes(32)).decode()}
    assert refused(complete, s3, upload, [bad]) == (400, "InvalidPart")


def test_a_completion_may_be_conditional(s3: Any) -> None:
    s3.put_object(Bucket="buck", Key="k", Body=b"there")
    upload = begin(s3)
    parts = [part(s3, upload, 1, LAST)]
    assert refused(complete, s3, upload, parts, IfNoneMatch="*") == (412, "PreconditionFailed")
    complete(s3, upload, parts, IfMatch=s3.head_object(Bucket="buck", Key="k")["ETag"])
