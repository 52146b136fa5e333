"""Buckets: named within an account. Each row keeps the count and the size of its objects."""

import re
from collections.abc import Sequence

from msgspec import Struct
from sqlalchemy import Connection, bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from stokehold.domain.errors import Conflict, Invalid, NotFound
from stokehold.store.savepoint import savepoint
from stokehold.store.storage_schema import buckets, objects, uploads

NAME = re.compile(r"[a-z0-9](?!.*\.\.)[a-z0-9.-]{1,61}[a-z0-9]")
RULE = (
    "a bucket's name has 3 to 63 characters of a-z, 0-9, '.' and '-', "
    "begins and ends with a letter or digit, and has no '..'"
)


class NoSuchBucket(NotFound):
    """There is no such bucket."""

    def __init__(self, bucket: str) -> None:
        self.bucket = bucket
        super().__init__(f"No such bucket: {bucket}")


class BucketNotEmpty(Conflict):
    """The bucket still holds objects."""


class Bucket(Struct, frozen=True):
    """One bucket; `created_at` in microseconds since 1970."""

    id: int
    name: str
    created_at: int
    object_count: int
    bytes_used: int


_COLUMNS = (buckets.c.id, buckets.c.name, buckets.c.created_at, buckets.c.object_count, buckets.c.bytes_used)
_FIND = select(*_COLUMNS).where(
    buckets.c.account_id == bindparam("account"), buckets.c.name == bindparam("bucket")
)
_LOCK = _FIND.with_for_update()  # several servers may share one PostgreSQL
_ADJUST = (
    update(buckets)
    .where(buckets.c.id == bindparam("bucket"))
    .values(
        object_count=buckets.c.object_count + bindparam("more_objects"),
        bytes_used=buckets.c.bytes_used + bindparam("more_bytes"),
    )
)


def create(conn: Connection, account_id: int, name: str, now_us: int) -> bool:
    """Create the bucket unless the account has it; says whether it did. Raises Invalid for a bad name."""
    if not NAME.fullmatch(name):
        raise Invalid("bucket", RULE)
    if conn.execute(_FIND, {"account": account_id, "bucket": name}).first():
        return False
    try:
        with savepoint(conn):
            conn.execute(insert(buckets).values(account_id=account_id, name=name, created_at=now_us))
    except IntegrityError:  # another server was quicker, or there is no such account
        return False
    return True


def find(conn: Connection, account_id: int, name: str) -> Bucket:
    """The account's bucket of that name. Raises NoSuchBucket."""
    row = conn.execute(_FIND, {"account": account_id, "bucket": name}).first()
    if row is None:
        raise NoSuchBucket(name)
    return Bucket(*row)


def lock(conn: Connection, account_id: int, name: str) -> Bucket:
    """`find` for a change: no other transaction changes the bucket until this one ends."""
    row = conn.execute(_LOCK, {"account": account_id, "bucket": name}).first()
    if row is None:
        raise NoSuchBucket(name)
    return Bucket(*row)


def of_account(conn: Connection, account_id: int) -> list[Bucket]:
    """All buckets of the account, by name."""
    rows = conn.execute(select(*_COLUMNS).where(buckets.c.account_id == account_id))
    return sorted((Bucket(*row) for row in rows), key=lambda bucket: bucket.name)


def missing(conn: Connection, account_id: int, names: Sequence[str]) -> list[str]:
    """Those of `names` that the account does not have, in their order."""
    query = select(buckets.c.name).where(buckets.c.account_id == account_id, buckets.c.name.in_(names))
    there = set(conn.execute(query).scalars())
    return [name for name in names if name not in there]


def adjust(conn: Connection, bucket_id: int, more_objects: int, more_bytes: int) -> None:
    """Keep the bucket's counters in step with a change to its objects."""
    if more_objects or more_bytes:
        conn.execute(_ADJUST, {"bucket": bucket_id, "more_objects": more_objects, "more_bytes": more_bytes})


def remove(conn: Connection, account_id: int, name: str) -> None:
    """Delete an empty bucket. Its open uploads must be gone: see uploads.abort_all. Raises BucketNotEmpty."""
    bucket = lock(conn, account_id, name)
    if conn.execute(select(objects.c.id).where(objects.c.bucket_id == bucket.id).limit(1)).first():
        raise BucketNotEmpty("The bucket still holds objects: delete them first.")
    conn.execute(delete(uploads).where(uploads.c.bucket_id == bucket.id))
    conn.execute(delete(buckets).where(buckets.c.id == bucket.id))
