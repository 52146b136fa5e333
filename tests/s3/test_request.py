"""What no S3 client sends is refused before anything else is looked at."""

from typing import Any

import pytest

from stokehold.s3.errors import S3Error
from stokehold.s3.request import parse
from tests.s3 import wire
from tests.s3.gateway import Gateway


def scope(path: str = "/buck/key", query: str = "", **headers: str) -> dict[str, Any]:
    raw = [(name.replace("_", "-").encode(), value.encode("latin-1")) for name, value in headers.items()]
    raw = raw if "host" in headers else [(b"host", b"h:9000"), *raw]
    return {
        "method": "GET",
        "raw_path": path.encode("latin-1"),
        "query_string": query.encode(),
        "headers": raw,
    }


@pytest.mark.parametrize(
    ("path", "bucket", "key"),
    [
        ("/", "", b""),
        ("/buck", "buck", b""),
        ("/buck/", "buck", b""),
        ("/buck/a/b", "buck", b"a/b"),
        ("/buck//lead", "buck", b"/lead"),
        ("/buck/a//b", "buck", b"a//b"),
        ("/buck/..", "buck", b".."),
        ("/buck/../x", "buck", b"../x"),
        ("/buck/a/../b", "buck", b"a/../b"),
        ("/buck/%2e%2e/x", "buck", b"../x"),
        ("/buck/%252e%252e/x", "buck", b"%2e%2e/x"),
        ("/buck/s%5Cb", "buck", b"s\\b"),
        ("/buck/a+b", "buck", b"a+b"),
        ("/buck%2Fkey", "buck", b"key"),
    ],
)
def test_paths_are_decoded_once_and_never_folded(path: str, bucket: str, key: bytes) -> None:
    request = parse(scope(path), [])
    assert (request.bucket, request.key) == (bucket, key)


@pytest.mark.parametrize(
    ("host", "bucket", "key"),
    [
        ("s3.example.org", "x", b"y"),
        ("buck.s3.example.org", "buck", b"x/y"),
        ("buck.s3.example.org:9190", "buck", b"x/y"),
        ("BUCK.S3.Example.Org", "buck", b"x/y"),
        ("a.b.s3.example.org", "a.b", b"x/y"),
        ("evils3.example.org", "x", b"y"),
        ("[::1]:9000", "x", b"y"),
    ],
)
def test_a_bucket_may_come_from_the_host_name(host: str, bucket: str, key: bytes) -> None:
    request = parse(scope("/x/y", host=host), ["s3.example.org"])
    assert (request.bucket, request.key) == (bucket, key)


@pytest.mark.parametrize(
    "path", ["/b/%zz", "/b/%", "/b/%4", "/b/%ff", "/b/%c0%af", "/b/%00", "/b/\xe9", "*", "http:"]
)
def test_a_path_that_is_no_utf_8_is_refused(path: str) -> None:
    with pytest.raises(S3Error, match="InvalidURI"):
        parse(scope(path), [])


def test_a_key_has_at_most_1024_bytes() -> None:
    assert len(parse(scope("/b/" + "k" * 1024), []).key) == 1024
    with pytest.raises(S3Error, match="KeyTooLongError"):
        parse(scope("/b/" + "%C3%A9" * 513), [])


def test_parameters_are_decoded_and_the_first_of_a_name_counts() -> None:
    request = parse(scope(query="prefix=a%2Bb+c&prefix=z&uploads&&empty="), [])
    assert request.query == (("prefix", "a+b c"), ("prefix", "z"), ("uploads", ""), ("empty", ""))
    assert request.parameter("prefix") == "a+b c"


def test_repeated_headers_are_joined_unless_one_is_all_there_may_be() -> None:
    both = scope()
    both["headers"] += [(b"x-amz-meta-a", b"1"), (b"X-Amz-Meta-A", b" 2 ")]
    assert parse(both, []).headers["x-amz-meta-a"] == "1,2"
    for name in (b"host", b"authorization", b"x-amz-date", b"x-amz-content-sha256", b"content-length"):
        twice = scope()
        twice["headers"] += [(name, b"1"), (name, b"1")]
        with pytest.raises(S3Error, match="sent twice"):
            parse(twice, [])


def test_headers_are_copied_before_trailers_can_join_them() -> None:
    given = scope()
    request = parse(given, [])
    given["headers"].append((b"x-amz-copy-source", b"b/k"))
    assert "x-amz-copy-source" not in request.headers


@pytest.mark.parametrize("value", ["a\x01b", "\x7f", "caf\xe9", "a\x0bb"])
def test_header_values_are_printable_ascii(value: str) -> None:
    with pytest.raises(S3Error, match="printable"):
        parse(scope(x_amz_meta_a=value), [])


def test_headers_are_bounded(gateway: Gateway) -> None:
    many = {f"x-h-{number}": "v" for number in range(200)}
    for headers in (many, {"x-large": "v" * 20_000}):
        assert wire.send(gateway, "GET", "/", headers).code == "RequestHeaderSectionTooLarge"


@pytest.mark.parametrize(
    "head",
    [
        "PUT /b/k HTTP/1.1\r\nContent-Length: 0",
        "PUT /b/k HTTP/1.1\r\nHost: a\r\nHost: b\r\nContent-Length: 0",
        "PUT /b/k HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked",
        "PUT /b/k HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6",
        "PUT b/k HTTP/1.1\r\nHost: a\r\nContent-Length: 0",
    ],
)
def test_ambiguous_requests_are_refused(gateway: Gateway, head: str) -> None:
    reply = wire.send_raw(gateway, f"{head}\r\n\r\n".encode())
    assert reply.status == 400


def test_only_presigned_urls_hoist_headers_into_their_query() -> None:
    query = "x-amz-meta-a=1&x-amz-checksum-crc32=AAAAAA==&X-Amz-Date=2&content-type=t"
    assert parse(scope(query=query), []).hoisted == {}
    assert parse(scope(query=query + "&X-Amz-Signature=s"), []).hoisted == {"x-amz-meta-a": "1"}
    old = parse(scope(query=query + "&Signature=s"), []).hoisted
    assert old == {"x-amz-meta-a": "1", "content-type": "t"}
