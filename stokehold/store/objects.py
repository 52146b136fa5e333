"""Objects: an ordered list of blobs under a key. A change swaps its row and adjusts the bucket's counters."""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, and_, bindparam, delete, insert, select, update

from stokehold.domain.errors import NotFound
from stokehold.store import blob_uses, buckets
from stokehold.store import storage_schema as schema
from stokehold.store.buckets import NoSuchBucket


class Address(Struct, frozen=True):
    """Where an object is or will be."""

    account_id: int
    bucket: str
    key: bytes


class NoSuchKey(NotFound):
    """There is no object with this key."""


class Checksum(Struct, frozen=True):
    """A checksum that the client chose: `crc32`, `sha256`… in base64."""

    algorithm: str
    value: str
    composite: bool = False  # made of the checksums of the parts

    @property
    def type(self) -> str:
        return "COMPOSITE" if self.composite else "FULL_OBJECT"


class Attributes(Struct, frozen=True, omit_defaults=True):
    """What is kept beside the bytes: response headers and the user's metadata, names in lower case."""

    headers: dict[str, str] = {}
    metadata: dict[str, str] = {}
    checksum: Checksum | None = None
    writer: str = ""  # the instance whose result it is: "<row id of its task>.<instance id>"


class Extent(Struct, frozen=True, array_like=True):
    """One blob of an object. In a multipart object each is one part."""

    blob: str
    size: int


class Object(Struct, frozen=True):
    """One object; `etag` without quotes, `modified_at` in microseconds since 1970."""

    key: bytes
    size: int
    etag: str
    modified_at: int
    attributes: Attributes
    extents: tuple[Extent, ...]

    @property
    def multipart(self) -> bool:
        return "-" in self.etag


Check = Callable[[Object | None], None]  # is given what is there now, and raises to refuse the change

_encode = msgspec.json.Encoder().encode
_attributes = msgspec.json.Decoder(Attributes).decode
_extents = msgspec.json.Decoder(tuple[Extent, ...]).decode

_objects = schema.objects
_FIND = (
    select(
        schema.buckets.c.id,
        _objects.c.id,
        _objects.c.key,
        _objects.c.size,
        _objects.c.etag,
        _objects.c.modified_at,
        _objects.c.attributes,
        _objects.c.extents,
    )
    .select_from(
        schema.buckets.outerjoin(
            _objects, and_(_objects.c.bucket_id == schema.buckets.c.id, _objects.c.key == bindparam("key"))
        )
    )
    .where(schema.buckets.c.account_id == bindparam("account"), schema.buckets.c.name == bindparam("bucket"))
)
_LOCK = _FIND.with_for_update(of=schema.buckets)
_INSERT = insert(_objects)
_UPDATE = update(_objects).where(_objects.c.id == bindparam("row"))
_DELETE = delete(_objects).where(_objects.c.id == bindparam("row"))


def find(conn: Connection, at: Address) -> Object:
    """The object at an address. Raises NoSuchBucket or NoSuchKey."""
    found = _locate(conn, at).object
    if found is None:
        raise NoSuchKey(f"No such key: {at.key.decode()}")
    return found


def put(conn: Connection, at: Address, new: Object, check: Check | None = None) -> list[str]:
    """Store `new`, whose blobs were just written; returns the blobs that nothing uses any more."""
    place = _locate(conn, at, lock=True)
    if check:
        check(place.object)
    for extent in new.extents:
        blob_uses.add(conn, extent.blob, extent.size)
    return _swap(conn, place, new)


def assemble(conn: Connection, at: Address, new: Object, check: Check | None = None) -> list[str]:
    """Store `new`, of blobs whose uses are counted already; returns those that nothing uses any more."""
    place = _locate(conn, at, lock=True)
    if check:
        check(place.object)
    return _swap(conn, place, new)


def copy(
    conn: Connection,
    source: Address,
    target: Address,
    derive: Callable[[Object], Object],
    check: Check | None = None,
) -> tuple[Object, list[str]]:
    """Store what `derive` makes of the source; the two share their blobs. `derive` may raise to refuse."""
    new = derive(find(conn, source))
    place = _locate(conn, target, lock=True)
    if check:
        check(place.object)
    blob_uses.share(conn, (extent.blob for extent in new.extents))
    return new, _swap(conn, place, new)


def remove(
    conn: Connection, account_id: int, bucket: str, keys: Sequence[bytes], check: Check | None = None
) -> list[str]:
    """Delete the objects that are there; returns the blobs that nothing uses any more."""
    bucket_id = buckets.lock(conn, account_id, bucket).id
    gone: list[str] = []
    count = size = 0
    for key in dict.fromkeys(keys):
        place = _locate(conn, Address(account_id, bucket, key))
        if check:
            check(place.object)
        if place.object:
            conn.execute(_DELETE, {"row": place.row})
            gone += blob_uses.release(conn, (extent.blob for extent in place.object.extents))
            count, size = count + 1, size + place.object.size
    buckets.adjust(conn, bucket_id, -count, -size)
    return gone


class _Place(Struct, frozen=True):
    """Where a key is or would be."""

    bucket_id: int
    key: bytes
    row: int | None
    object: Object | None


def _locate(conn: Connection, at: Address, *, lock: bool = False) -> _Place:
    values = {"account": at.account_id, "bucket": at.bucket, "key": at.key}
    found = conn.execute(_LOCK if lock else _FIND, values).first()
    if found is None:
        raise NoSuchBucket(at.bucket)
    bucket_id, row, *columns = found
    return _Place(bucket_id, at.key, row, None if row is None else _object(*columns))


def _object(*columns: Any) -> Object:
    key, size, etag, modified_at, attributes, extents = columns
    return Object(key, size, etag, modified_at, _attributes(attributes), _extents(extents))


def _swap(conn: Connection, place: _Place, new: Object) -> list[str]:
    values = {
        "size": new.size,
        "etag": new.etag,
        "modified_at": new.modified_at,
        "attributes": _encode(new.attributes).decode(),
        "extents": _encode(new.extents).decode(),
    }
    old = place.object
    if old is None:
        conn.execute(_INSERT, {"bucket_id": place.bucket_id, "key": place.key, **values})
        buckets.adjust(conn, place.bucket_id, 1, new.size)
        return []
    conn.execute(_UPDATE, {"row": place.row, **values})
    buckets.adjust(conn, place.bucket_id, 0, new.size - old.size)
    return blob_uses.release(conn, (extent.blob for extent in old.extents))
