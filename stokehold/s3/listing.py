"""Lists of a bucket's objects: version 1, version 2, and as versions of which each object has one."""

import base64
import binascii
from collections.abc import Callable
from urllib.parse import quote

from msgspec import Struct

from stokehold.s3 import documents as xml
from stokehold.s3.answer import Answer, document
from stokehold.s3.call import Call
from stokehold.s3.errors import S3Error
from stokehold.store import buckets, object_pages
from stokehold.store.database import Connection
from stokehold.store.object_pages import Entry, Page

MAX_KEYS = 1000


class Asked(Struct, frozen=True):
    """What every kind of list takes. `encode` is how keys are written."""

    prefix: str
    delimiter: str
    limit: int
    encode: Callable[[bytes], str]
    url: bool

    def common(self) -> str:
        encoding = xml.text("EncodingType", "url") if self.url else ""
        return xml.text("MaxKeys", self.limit) + self.text("Delimiter", self.delimiter) + encoding

    def text(self, name: str, value: str | bytes) -> str:
        raw = value.encode() if isinstance(value, str) else value
        return xml.text(name, self.encode(raw)) if raw else ""


async def list_objects(call: Call) -> Answer:
    """Version 1. NextMarker is given with every page that is not the last: clients go on with it."""
    asked, marker = _asked(call), call.request.parameter("marker")
    page = await _page(call, asked, marker.encode())
    contents = (_entry(asked, entry, xml.owner(call.account_id)) for entry in page.entries)
    return document(
        xml.root(
            "ListBucketResult",
            *_head(call, asked, page),
            xml.text("Marker", asked.encode(marker.encode())),
            asked.text("NextMarker", page.last or b""),
            *contents,
            *_prefixes(asked, page),
        )
    )


async def list_objects_v2(call: Call) -> Answer:
    if call.request.parameter("list-type") != "2":
        raise S3Error("InvalidArgument", "Argument list-type must be 2.", ArgumentName="list-type")
    asked, after = _asked(call), call.request.parameter("start-after")
    token = call.request.parameters.get("continuation-token")
    page = await _page(call, asked, after.encode() if token is None else _position(token))
    owner = xml.owner(call.account_id) if call.request.parameter("fetch-owner") == "true" else ""
    return document(
        xml.root(
            "ListBucketResult",
            *_head(call, asked, page),
            xml.text("KeyCount", len(page.entries) + len(page.prefixes)),
            asked.text("StartAfter", after),
            xml.optional("ContinuationToken", token or ""),
            xml.optional("NextContinuationToken", _token(page.last)),
            *(_entry(asked, entry, owner) for entry in page.entries),
            *_prefixes(asked, page),
        )
    )


async def list_versions(call: Call) -> Answer:
    """Each object as its only version, `null`: buckets are not versioned, but clients empty them this way."""
    asked, marker = _asked(call), call.request.parameter("key-marker")
    page = await _page(call, asked, marker.encode())
    more = xml.text("VersionId", "null") + xml.text("IsLatest", "true") + xml.owner(call.account_id)
    last = asked.text("NextKeyMarker", page.last or b"")
    return document(
        xml.root(
            "ListVersionsResult",
            *_head(call, asked, page),
            xml.text("KeyMarker", asked.encode(marker.encode())),
            xml.text("VersionIdMarker", call.request.parameter("version-id-marker")),
            last and last + xml.text("NextVersionIdMarker", "null"),
            *(_entry(asked, entry, more, "Version") for entry in page.entries),
            *_prefixes(asked, page),
        )
    )


def _asked(call: Call) -> Asked:
    encoding = call.request.parameter("encoding-type")
    if encoding not in {"", "url"}:
        raise S3Error("InvalidArgument", "Argument encoding-type must be url.", ArgumentName="encoding-type")
    return Asked(
        call.request.parameter("prefix"),
        call.request.parameter("delimiter"),
        call.number("max-keys", MAX_KEYS, 0, MAX_KEYS),
        encoder(encoding),
        encoding == "url",
    )


def encoder(encoding: str) -> Callable[[bytes], str]:
    """How keys are written: percent-encoded when the client asked so, else as they are."""
    return quote if encoding else bytes.decode


async def _page(call: Call, asked: Asked, after: bytes) -> Page:
    def read(conn: Connection) -> Page:
        bucket = buckets.find(conn, call.account_id, call.bucket)
        prefix, delimiter = asked.prefix.encode(), asked.delimiter.encode()
        return object_pages.page(conn, bucket.id, prefix, delimiter, after, asked.limit)

    return await call.database.read(read)


def _head(call: Call, asked: Asked, page: Page) -> tuple[str, ...]:
    return (
        xml.text("Name", call.bucket),
        xml.text("Prefix", asked.encode(asked.prefix.encode())),
        asked.common(),
        xml.text("IsTruncated", "true" if page.last is not None else "false"),
    )


def _entry(asked: Asked, entry: Entry, more: str, name: str = "Contents") -> str:
    return xml.element(
        name,
        xml.text("Key", asked.encode(entry.key)),
        xml.text("LastModified", xml.date(entry.modified_at)),
        xml.etag(entry.etag),
        xml.text("Size", entry.size),
        xml.text("StorageClass", "STANDARD"),
        more,
    )


def _prefixes(asked: Asked, page: Page) -> "list[str]":
    return [xml.element("CommonPrefixes", asked.text("Prefix", prefix)) for prefix in page.prefixes]


def _token(last: bytes | None) -> str:
    return base64.urlsafe_b64encode(b"1" + last).decode() if last is not None else ""


def _position(token: str) -> bytes:
    try:
        position = base64.b64decode(token, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        position = b""
    if position[:1] != b"1":
        raise S3Error("InvalidArgument", "The continuation token provided is incorrect.")
    return position[1:]
