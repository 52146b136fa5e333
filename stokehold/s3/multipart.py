"""Multipart uploads. The object keeps the client's parts: its ETag is made of theirs."""

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from itertools import pairwise
from xml.etree.ElementTree import Element

from msgspec import Struct
from msgspec.structs import replace

from stokehold.s3 import attributes, checksums, conditions
from stokehold.s3 import documents as xml
from stokehold.s3.answer import Answer, document
from stokehold.s3.call import Call
from stokehold.s3.errors import S3Error
from stokehold.s3.writers import Watch
from stokehold.store import uploads
from stokehold.store.objects import Checksum, Extent, Object
from stokehold.store.uploads import Part, Plan, Upload

MIN_PART = 5 * 1024**2
MAX_PARTS = 10_000
MAX_OBJECT = 5 * 1024**4
COMPOSITE_TYPE = {"COMPOSITE": True, "FULL_OBJECT": False}


class Chosen(Struct, frozen=True):
    """A part that the completion names; `checksum` is what it says of it, if anything."""

    number: int
    etag: str
    checksum: Checksum | None


async def create_upload(call: Call) -> Answer:
    plan = _plan(call)
    upload_id = secrets.token_hex(16)
    await call.database.write(uploads.create, call.at, upload_id, plan, call.now_us)
    return document(
        xml.root(
            "InitiateMultipartUploadResult",
            xml.text("Bucket", call.bucket),
            xml.text("Key", call.request.key.decode()),
            xml.text("UploadId", upload_id),
        ),
        headers=_plan_headers(plan),
    )


async def upload_part(call: Call) -> Answer:
    number, upload_id = part_number(call), call.request.parameter("uploadId")
    upload = await call.database.read(uploads.still_open, call.at, upload_id)
    wanted, sent = upload.plan.algorithm, call.body.expected().algorithm
    if wanted and sent and wanted != sent:
        raise S3Error("InvalidRequest", f"The upload's checksums are {wanted.upper()}, not {sent.upper()}.")
    blob, digest = await call.receive_blob(algorithm=wanted)
    value = digest.checksum.value if digest.checksum and wanted else None
    part = Part(number, blob, digest.size, digest.md5, value, call.now_us)
    gone = await call.enter(blob, uploads.add_part, call.at, upload_id, part)
    await call.discard(gone)
    echoed = {f"x-amz-checksum-{digest.checksum.algorithm}": digest.checksum.value} if digest.checksum else {}
    return Answer(200, {"etag": f'"{digest.md5}"', **echoed})


async def complete_upload(call: Call) -> Answer:
    """A repeated completion gets the first one's answer."""
    chosen = _chosen(await call.body.document())
    check = Watch(conditions.write_check(call.request))

    def build(upload: Upload, there: list[Part]) -> tuple[Object, Sequence[int]]:
        parts = _selected(chosen, there, upload.plan)
        new = _assembled(call, upload, parts)
        _check_whole(call, new)
        return new, [part.number for part in parts]

    upload_id = call.request.parameter("uploadId")
    made, gone = await call.database.write(uploads.complete, call.at, upload_id, build, check)
    await call.discard(gone)
    await check.report(call, made.attributes.writer)
    return document(_completion(call, made))


async def abort_upload(call: Call) -> Answer:
    gone = await call.database.write(uploads.abort, call.at, call.request.parameter("uploadId"))
    await call.discard(gone)
    return Answer(204)


def part_number(call: Call) -> int:
    number = call.number("partNumber", 0)
    if not 1 <= number <= MAX_PARTS:
        raise S3Error("InvalidArgument", "Part number must be an integer between 1 and 10000, inclusive")
    return number


def _plan(call: Call) -> Plan:
    request = call.request
    kept = attributes.taken(request)
    named, kind = request.header("x-amz-checksum-algorithm"), request.header("x-amz-checksum-type").upper()
    if not named:
        return Plan(kept)
    algorithm = checksums.algorithm_named(named)
    if kind not in {"", *COMPOSITE_TYPE}:
        raise S3Error("InvalidRequest", "x-amz-checksum-type must be COMPOSITE or FULL_OBJECT.")
    composite = COMPOSITE_TYPE[kind] if kind else algorithm != "crc64nvme"
    possible = algorithm != "crc64nvme" if composite else checksums.can_combine(algorithm)
    if not possible:
        raise S3Error("InvalidRequest", f"The {kind} checksum type cannot be used with {named}.")
    return Plan(kept, algorithm, composite)


def _plan_headers(plan: Plan) -> dict[str, str]:
    if not plan.algorithm:
        return {}
    kind = "COMPOSITE" if plan.composite else "FULL_OBJECT"
    return {"x-amz-checksum-algorithm": plan.algorithm.upper(), "x-amz-checksum-type": kind}


def _chosen(body: bytes) -> list[Chosen]:
    request = xml.parse(body, "CompleteMultipartUpload")
    chosen = [_choice(child) for child in xml.children(request, "Part", ())]
    if not 1 <= len(chosen) <= MAX_PARTS:
        raise S3Error("MalformedXML", "A completion names 1 to 10000 parts.")
    if any(first.number >= second.number for first, second in pairwise(chosen)):
        raise S3Error("InvalidPartOrder")
    return chosen


def _choice(child: Element) -> Chosen:
    number, etag = xml.content(child, "PartNumber"), xml.content(child, "ETag")
    if not number or not etag or not (number.isascii() and number.isdigit() and len(number) < 10):
        raise S3Error("MalformedXML", "Every Part needs a PartNumber and an ETag.")
    for algorithm in checksums.SIZES:
        if value := xml.content(child, f"Checksum{algorithm.upper()}"):
            return Chosen(int(number), etag.strip().strip('"'), Checksum(algorithm, value))
    return Chosen(int(number), etag.strip().strip('"'), None)


def _selected(chosen: list[Chosen], there: list[Part], plan: Plan) -> list[Part]:
    by_number = {part.number: part for part in there}
    parts = [_match(choice, by_number, plan) for choice in chosen]
    for part in parts[:-1]:
        if part.size < MIN_PART:
            raise S3Error(
                "EntityTooSmall",
                ProposedSize=str(part.size),
                MinSizeAllowed=str(MIN_PART),
                PartNumber=str(part.number),
                ETag=part.etag,
            )
    return parts


def _match(choice: Chosen, there: Mapping[int, Part], plan: Plan) -> Part:
    part = there.get(choice.number)
    if part is None or part.etag != choice.etag:
        raise S3Error("InvalidPart", PartNumber=str(choice.number), ETag=choice.etag)
    said = choice.checksum
    if said and plan.algorithm == said.algorithm and part.checksum != said.value:
        raise S3Error("InvalidPart", PartNumber=str(choice.number), ETag=choice.etag)
    return part


def _assembled(call: Call, upload: Upload, parts: list[Part]) -> Object:
    md5 = hashlib.md5(b"".join(bytes.fromhex(part.etag) for part in parts), usedforsecurity=False)
    size = sum(part.size for part in parts)
    if size > MAX_OBJECT:
        raise S3Error("EntityTooLarge")
    return Object(
        upload.key,
        size,
        f"{md5.hexdigest()}-{len(parts)}",
        call.now_us,
        replace(upload.plan.attributes, checksum=_checksum(upload.plan, parts)),
        tuple(Extent(part.blob, part.size) for part in parts),
    )


def _checksum(plan: Plan, parts: list[Part]) -> Checksum | None:
    if not plan.algorithm:
        return None
    values = [part.checksum or "" for part in parts]
    if plan.composite:
        return Checksum(plan.algorithm, checksums.composite(plan.algorithm, values), composite=True)
    sizes = (part.size for part in parts)
    whole = checksums.combined(plan.algorithm, list(zip(values, sizes, strict=True)))
    return Checksum(plan.algorithm, whole)


def _check_whole(call: Call, new: Object) -> None:
    """What the completion says of the whole object must be true."""
    size = call.request.header("x-amz-mp-object-size")
    if size and size != str(new.size):
        raise S3Error("InvalidRequest", "x-amz-mp-object-size is not the size of the parts.")
    checksum = new.attributes.checksum
    if checksum is None:
        return
    if call.request.header("x-amz-checksum-type").upper() not in {"", checksum.type}:
        raise S3Error("InvalidRequest", f"The upload's checksum type is {checksum.type}.")


def _completion(call: Call, made: Object) -> str:
    checksum = made.attributes.checksum
    return xml.root(
        "CompleteMultipartUploadResult",
        xml.text("Location", f"/{call.bucket}/{call.request.key.decode()}"),
        xml.text("Bucket", call.bucket),
        xml.text("Key", call.request.key.decode()),
        xml.etag(made.etag),
        checksum_elements(checksum),
    )


def checksum_elements(checksum: Checksum | None) -> str:
    """A checksum as results show it."""
    if checksum is None:
        return ""
    name = f"Checksum{checksum.algorithm.upper()}"
    return xml.text(name, checksum.value) + xml.text("ChecksumType", checksum.type)
