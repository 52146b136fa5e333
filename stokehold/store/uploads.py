"""Multipart uploads: parts that wait for their completion. Their blobs become the object's, uncopied."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, and_, delete, insert, or_, select, update

from stokehold.domain.errors import NotFound
from stokehold.store import blob_uses, buckets, objects
from stokehold.store import storage_schema as schema
from stokehold.store.object_pages import successor
from stokehold.store.objects import Address, Attributes, Check, Object


class NoSuchUpload(NotFound):
    """There is no such open upload."""


class Plan(Struct, frozen=True, omit_defaults=True):
    """What the object will be: its attributes, and how its checksum will be made."""

    attributes: Attributes = Attributes()
    algorithm: str = ""
    composite: bool = False


class Upload(Struct, frozen=True):
    """One upload; `completed` is the object that it became."""

    id: str
    bucket_id: int
    key: bytes
    created_at: int
    plan: Plan
    completed: Object | None = None


class Part(Struct, frozen=True):
    """One part; `etag` is the MD5 in hex, `checksum` is base64."""

    number: int
    blob: str
    size: int
    etag: str
    checksum: str | None
    modified_at: int


_encode = msgspec.json.Encoder().encode
_plan = msgspec.json.Decoder(Plan).decode
_completed = msgspec.json.Decoder(Object).decode
_uploads, _parts = schema.uploads, schema.parts
_PART = (
    _parts.c.number, _parts.c.blob_id, _parts.c.size,
    _parts.c.etag, _parts.c.checksum, _parts.c.modified_at,
)  # fmt: skip
_UPLOAD = (
    _uploads.c.id, _uploads.c.bucket_id, _uploads.c.key,
    _uploads.c.created_at, _uploads.c.attributes, _uploads.c.completed,
)  # fmt: skip


def create(conn: Connection, at: Address, upload_id: str, plan: Plan, now_us: int) -> None:
    """Open an upload. Raises NoSuchBucket."""
    bucket_id = buckets.lock(conn, at.account_id, at.bucket).id
    row = {
        "id": upload_id,
        "bucket_id": bucket_id,
        "key": at.key,
        "created_at": now_us,
        "attributes": _encode(plan).decode(),
    }
    conn.execute(insert(_uploads), row)


def find(conn: Connection, at: Address, upload_id: str) -> Upload:
    """The upload, open or completed. Raises NoSuchBucket or NoSuchUpload."""
    return _find(conn, buckets.find(conn, at.account_id, at.bucket).id, at.key, upload_id)


def still_open(conn: Connection, at: Address, upload_id: str) -> Upload:
    """The upload, if parts may still be added. Raises NoSuchBucket or NoSuchUpload."""
    return _still_open(find(conn, at, upload_id))


def add_part(conn: Connection, at: Address, upload_id: str, part: Part) -> list[str]:
    """Enter a part in place of an earlier one of its number; returns the blobs that nothing uses any more."""
    _lock_open(conn, at, upload_id)
    old = delete(_parts).where(_parts.c.upload_id == upload_id, _parts.c.number == part.number)
    gone = blob_uses.release(conn, conn.execute(old.returning(_parts.c.blob_id)).scalars().all())
    blob_uses.add(conn, part.blob, part.size)
    row = {
        "upload_id": upload_id,
        "number": part.number,
        "blob_id": part.blob,
        "size": part.size,
        "etag": part.etag,
        "checksum": part.checksum,
        "modified_at": part.modified_at,
    }
    conn.execute(insert(_parts), row)
    return gone


def parts(conn: Connection, upload_id: str, after: int = 0, limit: int | None = None) -> list[Part]:
    """The parts whose number is above `after`, by number."""
    query = select(*_PART).where(_parts.c.upload_id == upload_id, _parts.c.number > after)
    return [Part(*row) for row in conn.execute(query.order_by(_parts.c.number).limit(limit))]


def page(
    conn: Connection, bucket_id: int, prefix: bytes, after: tuple[bytes, str], limit: int
) -> list[Upload]:
    """Open uploads whose key begins with `prefix`, after (key, upload id); without the id, after the key."""
    query = select(*_UPLOAD).where(_uploads.c.bucket_id == bucket_id, _uploads.c.completed_at.is_(None))
    query = query.where(_uploads.c.key >= prefix)
    if (end := successor(prefix)) is not None:
        query = query.where(_uploads.c.key < end)
    key, upload_id = after
    if key:
        later = _uploads.c.key > key
        same = and_(_uploads.c.key == key, _uploads.c.id > upload_id)
        query = query.where(or_(later, same) if upload_id else later)
    rows = conn.execute(query.order_by(_uploads.c.key, _uploads.c.id).limit(limit))
    return [_upload(*row) for row in rows]


def complete(
    conn: Connection,
    at: Address,
    upload_id: str,
    build: Callable[[Upload, list[Part]], tuple[Object, Sequence[int]]],
    check: Check | None = None,
) -> tuple[Object, list[str]]:
    """Make the object that `build` describes of the parts it names; a repetition gets the first answer.

    Returns the object, and the blobs that nothing uses any more.
    """
    bucket_id = buckets.lock(conn, at.account_id, at.bucket).id
    upload = _find(conn, bucket_id, at.key, upload_id)
    if upload.completed:
        return upload.completed, []
    there = parts(conn, upload_id)
    new, chosen = build(upload, there)
    gone = objects.assemble(conn, at, new, check)
    conn.execute(delete(_parts).where(_parts.c.upload_id == upload_id))
    kept = set(chosen)
    gone += blob_uses.release(conn, (part.blob for part in there if part.number not in kept))
    done = {"completed_at": new.modified_at, "completed": _encode(new).decode()}
    conn.execute(update(_uploads).where(_uploads.c.id == upload_id).values(done))
    return new, gone


def abort(conn: Connection, at: Address, upload_id: str) -> list[str]:
    """Forget the upload and its parts; returns the blobs that nothing uses any more."""
    _lock_open(conn, at, upload_id)
    return _forget(conn, [upload_id])


def abort_all(conn: Connection, account_id: int, bucket: str) -> list[str]:
    """Forget every upload of the bucket; returns the blobs that nothing uses any more."""
    bucket_id = buckets.lock(conn, account_id, bucket).id
    ids = conn.execute(select(_uploads.c.id).where(_uploads.c.bucket_id == bucket_id)).scalars().all()
    return _forget(conn, ids)


def expire(conn: Connection, opened_before_us: int, completed_before_us: int, limit: int = 100) -> list[str]:
    """Forget uploads left open since, and completed before; returns the blobs that nothing uses any more."""
    stale = or_(
        and_(_uploads.c.completed_at.is_(None), _uploads.c.created_at < opened_before_us),
        _uploads.c.completed_at < completed_before_us,
    )
    return _forget(conn, conn.execute(select(_uploads.c.id).where(stale).limit(limit)).scalars().all())


def _lock_open(conn: Connection, at: Address, upload_id: str) -> Upload:
    bucket_id = buckets.lock(conn, at.account_id, at.bucket).id
    return _still_open(_find(conn, bucket_id, at.key, upload_id))


def _find(conn: Connection, bucket_id: int, key: bytes, upload_id: str) -> Upload:
    query = select(*_UPLOAD).where(
        _uploads.c.id == upload_id, _uploads.c.bucket_id == bucket_id, _uploads.c.key == key
    )
    row = conn.execute(query).first()
    if row is None:
        raise NoSuchUpload()
    return _upload(*row)


def _upload(*columns: Any) -> Upload:
    upload_id, bucket_id, key, created_at, plan, completed = columns
    return Upload(
        upload_id, bucket_id, key, created_at, _plan(plan), _completed(completed) if completed else None
    )


def _still_open(upload: Upload) -> Upload:
    if upload.completed:
        raise NoSuchUpload()
    return upload


def _forget(conn: Connection, ids: Iterable[str]) -> list[str]:
    gone: list[str] = []
    for upload_id in ids:
        held = delete(_parts).where(_parts.c.upload_id == upload_id).returning(_parts.c.blob_id)
        gone += blob_uses.release(conn, conn.execute(held).scalars().all())
        conn.execute(delete(_uploads).where(_uploads.c.id == upload_id))
    return gone
