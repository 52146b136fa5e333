"""Operations on one object, and the deletion of many."""

from xml.etree.ElementTree import Element

from msgspec.structs import replace

from stokehold.s3 import attributes, conditions, ranges
from stokehold.s3 import documents as xml
from stokehold.s3.answer import Answer, document
from stokehold.s3.body import PIECE
from stokehold.s3.bucket_operations import acl
from stokehold.s3.call import Call
from stokehold.s3.errors import S3Error
from stokehold.s3.ranges import Range
from stokehold.s3.reading import read
from stokehold.s3.writers import Watch
from stokehold.store import buckets, objects
from stokehold.store.objects import Extent, Object

MAX_DELETED = 1000


async def put_object(call: Call) -> Answer:
    kept = attributes.taken(call.request)
    check = Watch(conditions.write_check(call.request))
    if call.body.expected().length > PIECE:  # refuse before much is sent
        await call.database.read(buckets.find, call.account_id, call.bucket)
    blob, digest = await call.receive_blob()
    kept = replace(kept, checksum=digest.checksum)
    new = Object(call.request.key, digest.size, digest.md5, call.now_us, kept, (Extent(blob, digest.size),))
    gone = await call.enter(blob, objects.put, call.at, new, check)
    await call.discard(gone)
    await check.report(call, kept.writer)
    return Answer(200, {"etag": f'"{digest.md5}"', **attributes.checksum_headers(kept)})


async def get_object(call: Call) -> Answer:
    """GET and HEAD, of the whole, of a range, or of a part."""
    head = call.request.method == "HEAD"
    chosen: list[Range | None] = []

    def choose(there: Object) -> Range:
        conditions.check_read(call.request, there)
        chosen[:] = [_wanted(call, there)]
        whole = Range(0, there.size, there.size)
        return replace(whole, length=0) if head else chosen[0] or whole

    reading = await read(call.database, call.blobs, call.at, choose)
    there, wanted = reading.object, chosen[0]
    headers = _read_headers(call, there, wanted)
    status, length = (206, wanted.length) if wanted else (200, there.size)
    if reading.data is not None:
        return Answer(status, headers, reading.data, length=length)
    return Answer(status, headers, stream=reading, length=length)


async def delete_object(call: Call) -> Answer:
    """Deleting what is not there succeeds."""
    check = conditions.write_check(call.request)
    gone = await call.database.write(objects.remove, call.account_id, call.bucket, [call.request.key], check)
    await call.discard(gone)
    version = {"x-amz-version-id": "null"} if call.request.parameter("versionId") else {}
    return Answer(204, version)


async def delete_objects(call: Call) -> Answer:
    """Up to 1000 keys at once; none at all is fine: clients empty empty buckets."""
    request = xml.parse(await call.body.document(), "Delete")
    quiet = (xml.content(request, "Quiet") or "").strip().lower() == "true"
    wanted = [_deletion(child) for child in xml.children(request, "Object", {"Quiet"})]
    if len(wanted) > MAX_DELETED:
        raise S3Error("MalformedXML", "At most 1000 keys can be deleted at once.")
    keys = [key.encode() for key, version in wanted if version in {"", "null"}]
    gone = await call.database.write(objects.remove, call.account_id, call.bucket, keys)
    await call.discard(gone)
    return document(xml.root("DeleteResult", *(_deleted(key, version, quiet) for key, version in wanted)))


async def object_acl(call: Call) -> Answer:
    await call.database.read(objects.find, call.at)
    return document(acl(call.account_id))


async def object_tagging(call: Call) -> Answer:
    await call.database.read(objects.find, call.at)
    return document(xml.root("Tagging", xml.element("TagSet")))


def _wanted(call: Call, there: Object) -> Range | None:
    """The bytes asked for; None for all of them."""
    header = call.request.header("range")
    if call.request.parameter("partNumber"):
        if header:
            raise S3Error("InvalidRequest", "Cannot specify both Range header and partNumber query parameter")
        return _part(there, call.number("partNumber", 1, 1))
    if not header or not _if_range_holds(call, there):
        return None
    return ranges.parse(header, there.size)


def _part(there: Object, number: int) -> Range | None:
    if not there.multipart and number == 1:
        return Range(0, there.size, there.size) if there.size else None
    if number > len(there.extents) or not there.multipart:
        raise S3Error("InvalidRange", "The requested partnumber is not satisfiable", PartNumber=str(number))
    start = sum(extent.size for extent in there.extents[: number - 1])
    return Range(start, there.extents[number - 1].size, there.size)


def _if_range_holds(call: Call, there: Object) -> bool:
    etag = call.request.header("if-range")
    return not etag or etag.strip('"') == there.etag


def _read_headers(call: Call, there: Object, wanted: Range | None) -> dict[str, str]:
    headers = attributes.given(call.request, there)
    if wanted:
        headers["content-range"] = wanted.content_range
    if call.request.parameter("partNumber") and there.multipart:
        headers["x-amz-mp-parts-count"] = str(len(there.extents))
    # Clients verify whatever checksum comes back, even that of the whole against a part of it.
    if call.request.header("x-amz-checksum-mode").upper() == "ENABLED" and not wanted:
        headers.update(attributes.checksum_headers(there.attributes))
    return headers


def _deletion(child: Element) -> tuple[str, str]:
    xml.children(child, "Key", {"VersionId", "ETag", "LastModifiedTime", "Size"})
    key = xml.content(child, "Key")
    if not key or len(key.encode()) > 1024:
        raise S3Error("MalformedXML", "Every Object needs a Key of 1 to 1024 bytes.")
    if any(xml.content(child, name) is not None for name in ("ETag", "LastModifiedTime", "Size")):
        raise S3Error("NotImplemented", "Conditions within a deletion of many keys are not built.")
    return key, (xml.content(child, "VersionId") or "").strip()


def _deleted(key: str, version: str, quiet: bool) -> str:
    if version not in {"", "null"}:
        failure = S3Error("NoSuchVersion")
        return xml.element(
            "Error",
            xml.text("Key", key),
            xml.text("VersionId", version),
            xml.text("Code", failure.code),
            xml.text("Message", failure.message),
        )
    return "" if quiet else xml.element("Deleted", xml.text("Key", key), xml.optional("VersionId", version))
