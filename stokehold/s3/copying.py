"""Copies within the storage. A copied object shares its blobs; a copied part is written anew."""

from contextlib import aclosing
from urllib.parse import unquote_to_bytes

from msgspec.structs import replace

from stokehold.s3 import attributes, conditions, ranges
from stokehold.s3 import documents as xml
from stokehold.s3.answer import Answer, document
from stokehold.s3.auth import Payload
from stokehold.s3.body import Digest, Expected, Intake
from stokehold.s3.call import Call
from stokehold.s3.errors import S3Error
from stokehold.s3.multipart import checksum_elements, part_number
from stokehold.s3.ranges import Range
from stokehold.s3.reading import Reading, read
from stokehold.store import objects, uploads
from stokehold.store.objects import Address, Checksum, Object
from stokehold.store.uploads import Part


async def copy_object(call: Call) -> Answer:
    """The copy keeps ETag and parts: clients rename by copying, then compare ETags."""
    source, replacing = _source(call), _replaces(call)
    kept = attributes.taken(call.request) if replacing else None
    if source == call.at and kept is None:
        raise S3Error("InvalidRequest", "A copy onto itself must replace the metadata.")

    def derive(original: Object) -> Object:
        conditions.check_source(call.request, original)
        new = original.attributes if kept is None else replace(kept, checksum=original.attributes.checksum)
        return replace(original, key=call.request.key, modified_at=call.now_us, attributes=new)

    check = conditions.write_check(call.request)
    made, gone = await call.database.write(objects.copy, source, call.at, derive, check)
    await call.discard(gone)
    return document(_result("CopyObjectResult", made.etag, call.now_us, made.attributes.checksum))


async def copy_part(call: Call) -> Answer:
    number, upload_id, source = part_number(call), call.request.parameter("uploadId"), _source(call)
    upload = await call.database.read(uploads.still_open, call.at, upload_id)

    def choose(there: Object) -> Range:
        conditions.check_source(call.request, there)
        header = call.request.header("x-amz-copy-source-range")
        return ranges.parse_copy(header, there.size) if header else Range(0, there.size, there.size)

    reading = await read(call.database, call.blobs, source, choose)
    blob, digest = await _written(call, reading, upload.plan.algorithm)
    value = digest.checksum.value if digest.checksum else None
    part = Part(number, blob, digest.size, digest.md5, value, call.now_us)
    gone = await call.enter(blob, uploads.add_part, call.at, upload_id, part)
    await call.discard(gone)
    return document(_result("CopyPartResult", digest.md5, call.now_us, digest.checksum))


async def _written(call: Call, reading: Reading, algorithm: str) -> tuple[str, Digest]:
    """The bytes in a blob of their own, with their digests."""
    writer = call.blobs.writer()
    intake = Intake(Expected(reading.range.length), Payload(), writer, algorithm)
    try:
        async with aclosing(reading.pieces()) as pieces:
            async for piece in pieces:
                await call.background(intake.feed, piece)
        digest = intake.finish()
        return await call.background(writer.commit), digest
    except BaseException:
        writer.discard()
        raise
    finally:
        reading.close()


def _source(call: Call) -> Address:
    """The source, which belongs to the caller like everything that the caller can name."""
    header = call.request.header("x-amz-copy-source")
    raw, _, query = header.partition("?")
    if query not in {"", "versionId=null"}:
        raise S3Error("NoSuchVersion")
    path = unquote_to_bytes(raw.removeprefix("/"))
    try:
        path.decode()
    except UnicodeDecodeError:
        raise S3Error("InvalidArgument", "x-amz-copy-source is not UTF-8.") from None
    bucket, _, key = path.partition(b"/")
    if not bucket or not key or b"\0" in path:
        raise S3Error("InvalidArgument", "x-amz-copy-source must be BUCKET/KEY.")
    return Address(call.account_id, bucket.decode(), key)


def _replaces(call: Call) -> bool:
    directive = call.request.header("x-amz-metadata-directive", "COPY").upper()
    if directive not in {"COPY", "REPLACE"}:
        raise S3Error("InvalidArgument", "x-amz-metadata-directive must be COPY or REPLACE.")
    return directive == "REPLACE"


def _result(name: str, etag: str, now_us: int, checksum: Checksum | None) -> str:
    return xml.root(
        name,
        xml.text("LastModified", xml.date(now_us)),
        xml.etag(etag),
        checksum_elements(checksum),
    )
