"""Conditional reads and writes."""

from typing import Any

import pytest

from tests.s3 import wire
from tests.s3.gateway import Gateway

PAST, FUTURE = "Mon, 01 Jan 2001 00:00:00 GMT", "Fri, 01 Jan 2100 00:00:00 GMT"
ETAG = '"5d41402abc4b2a76b9719d911017c592"'


@pytest.fixture(autouse=True)
def there(s3: Any) -> None:
    s3.put_object(Bucket="buck", Key="k", Body=b"hello")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"if-match": ETAG}, 200),
        ({"if-match": ETAG.strip('"')}, 200),
        ({"if-match": f'"x", {ETAG}'}, 200),
        ({"if-match": "*"}, 200),
        ({"if-match": '"x"'}, 412),
        ({"if-none-match": ETAG}, 304),
        ({"if-none-match": f"W/{ETAG}"}, 304),
        ({"if-none-match": "*"}, 304),
        ({"if-none-match": '"x"'}, 200),
        ({"if-modified-since": PAST}, 200),
        ({"if-modified-since": FUTURE}, 304),
        ({"if-modified-since": "yesterday"}, 200),
        ({"if-unmodified-since": PAST}, 412),
        ({"if-unmodified-since": FUTURE}, 200),
        ({"if-match": ETAG, "if-unmodified-since": PAST}, 200),
        ({"if-none-match": '"x"', "if-modified-since": FUTURE}, 200),
        ({"if-match": '"x"', "if-none-match": ETAG}, 412),
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_reads(gateway: Gateway, method: str, headers: dict[str, str], status: int) -> None:
    reply = wire.call(gateway, method, "/buck/k", headers)
    assert reply.status == status
    if status == 304:
        assert (reply.headers["etag"], reply.body) == (ETAG, b"")
    if status == 412 and method == "GET":
        assert reply.code == "PreconditionFailed"


@pytest.mark.parametrize(
    ("key", "headers", "status"),
    [
        ("k", {"if-none-match": "*"}, 412),
        ("new", {"if-none-match": "*"}, 200),
        ("k", {"if-match": ETAG}, 200),
        ("k", {"if-match": "*"}, 200),
        ("k", {"if-match": '"x"'}, 412),
        ("new", {"if-match": '"x"'}, 404),
        ("k", {"if-none-match": '"x"'}, 501),
    ],
)
def test_writes(gateway: Gateway, key: str, headers: dict[str, str], status: int) -> None:
    assert wire.call(gateway, "PUT", f"/buck/{key}", headers, b"other").status == status
    assert len(gateway.files()) == (2 if (key, status) == ("new", 200) else 1)


def test_a_deletion_may_demand_an_etag(gateway: Gateway) -> None:
    assert wire.call(gateway, "DELETE", "/buck/k", {"if-match": '"x"'}).status == 412
    assert wire.call(gateway, "DELETE", "/buck/k", {"if-match": ETAG}).status == 204


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"if-match": ETAG}, 200),
        ({"if-match": '"x"'}, 412),
        ({"if-none-match": ETAG}, 412),
        ({"if-none-match": '"x"'}, 200),
        ({"if-modified-since": FUTURE}, 412),
        ({"if-unmodified-since": PAST}, 412),
        ({"if-unmodified-since": FUTURE}, 200),
    ],
)
def test_sources_of_copies(gateway: Gateway, headers: dict[str, str], status: int) -> None:
    given = {f"x-amz-copy-source-{name}": value for name, value in headers.items()}
    reply = wire.call(gateway, "PUT", "/buck/copy", {"x-amz-copy-source": "/buck/k", **given})
    assert reply.status == status
