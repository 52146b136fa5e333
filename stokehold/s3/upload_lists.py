"""Lists of open multipart uploads, and of the parts of one."""

from msgspec import Struct

from stokehold.s3 import documents as xml
from stokehold.s3.answer import Answer, document
from stokehold.s3.call import Call
from stokehold.s3.listing import encoder
from stokehold.store import buckets, uploads
from stokehold.store.database import Connection
from stokehold.store.object_pages import common_prefix
from stokehold.store.uploads import Part, Upload

MAX_LISTED = 1000


class Page(Struct):
    """Uploads and common prefixes; `last` is (key, upload id) of the last, if more follow."""

    uploads: list[Upload]
    prefixes: list[bytes]
    last: tuple[bytes, str] | None = None


async def list_parts(call: Call) -> Answer:
    upload_id, after = call.request.parameter("uploadId"), call.number("part-number-marker", 0)
    limit = call.number("max-parts", MAX_LISTED, 0, MAX_LISTED)

    def read(conn: Connection) -> tuple[Upload, list[Part]]:
        upload = uploads.still_open(conn, call.at, upload_id)
        return upload, uploads.parts(conn, upload_id, after, limit + 1)

    upload, there = await call.database.read(read)
    shown = there[:limit]
    return document(
        xml.root(
            "ListPartsResult",
            xml.text("Bucket", call.bucket),
            xml.text("Key", encoder(call.request.parameter("encoding-type"))(call.request.key)),
            xml.text("UploadId", upload_id),
            xml.owner(call.account_id),
            xml.text("StorageClass", "STANDARD"),
            xml.text("PartNumberMarker", after),
            xml.text("NextPartNumberMarker", shown[-1].number if shown else 0),
            xml.text("MaxParts", limit),
            xml.text("IsTruncated", "true" if len(there) > limit else "false"),
            *(_part(part, upload.plan.algorithm) for part in shown),
        )
    )


async def list_uploads(call: Call) -> Answer:
    parameter = call.request.parameter
    encode = encoder(parameter("encoding-type"))
    limit = call.number("max-uploads", MAX_LISTED, 0, MAX_LISTED)
    page = await call.database.read(_page, call, limit)
    key, upload_id = page.last or (b"", "")
    prefixes = (xml.element("CommonPrefixes", xml.text("Prefix", encode(p))) for p in page.prefixes)
    return document(
        xml.root(
            "ListMultipartUploadsResult",
            xml.text("Bucket", call.bucket),
            xml.text("KeyMarker", encode(parameter("key-marker").encode())),
            xml.text("UploadIdMarker", parameter("upload-id-marker")),
            xml.optional("NextKeyMarker", encode(key)),
            xml.optional("NextUploadIdMarker", upload_id),
            xml.text("Prefix", encode(parameter("prefix").encode())),
            xml.optional("Delimiter", encode(parameter("delimiter").encode())),
            xml.optional("EncodingType", parameter("encoding-type")),
            xml.text("MaxUploads", limit),
            xml.text("IsTruncated", "true" if page.last else "false"),
            *(_upload(upload, encode(upload.key), call.account_id) for upload in page.uploads),
            *prefixes,
        )
    )


def _page(conn: Connection, call: Call, limit: int) -> Page:
    parameter = call.request.parameter
    bucket_id = buckets.find(conn, call.account_id, call.bucket).id
    prefix, delimiter = parameter("prefix").encode(), parameter("delimiter").encode()
    after = last = (parameter("key-marker").encode(), parameter("upload-id-marker"))
    if common_prefix(after[0], prefix, delimiter) == after[0]:
        after = _beyond(after[0])  # the last page ended with a common prefix
    page = Page([], [])
    while limit:
        rows = uploads.page(conn, bucket_id, prefix, after, 1 if delimiter else limit + 1)
        for upload in rows:
            if len(page.uploads) + len(page.prefixes) == limit:
                page.last = last
                return page
            after, last = _take(page, upload, common_prefix(upload.key, prefix, delimiter))
        if not rows or not delimiter:
            break
    return page


def _take(page: Page, upload: Upload, common: bytes | None) -> tuple[tuple[bytes, str], tuple[bytes, str]]:
    """Where to read on, and what to call that place."""
    if common is None:
        page.uploads.append(upload)
        return (upload.key, upload.id), (upload.key, upload.id)
    page.prefixes.append(common)
    return _beyond(common), (common, "")


def _beyond(prefix: bytes) -> tuple[bytes, str]:
    """After every key with that prefix: no key holds the byte 0xff."""
    return prefix + b"\xff", ""


def _part(part: Part, algorithm: str) -> str:
    return xml.element(
        "Part",
        xml.text("PartNumber", part.number),
        xml.text("LastModified", xml.date(part.modified_at)),
        xml.etag(part.etag),
        xml.text("Size", part.size),
        xml.optional(f"Checksum{algorithm.upper()}", part.checksum or ""),
    )


def _upload(upload: Upload, key: str, account_id: int) -> str:
    return xml.element(
        "Upload",
        xml.text("Key", key),
        xml.text("UploadId", upload.id),
        xml.owner(account_id).replace("Owner>", "Initiator>"),
        xml.owner(account_id),
        xml.text("StorageClass", "STANDARD"),
        xml.text("Initiated", xml.date(upload.created_at)),
    )
