"""Pages of a bucket's keys, in byte order. Everything under one common prefix is passed by in one seek."""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, bindparam, select

from stokehold.store.storage_schema import objects

FIRST_BATCH = 16
BATCH = 1000


class Entry(Struct, frozen=True):
    """An object as a list shows it."""

    key: bytes
    size: int
    etag: str
    modified_at: int


class Page(Struct):
    """Objects and common prefixes, each in order; `last` is where the next page begins, if there is one."""

    entries: list[Entry]
    prefixes: list[bytes]
    last: bytes | None = None


_columns = (objects.c.key, objects.c.size, objects.c.etag, objects.c.modified_at)
_WITHIN = select(*_columns).where(objects.c.bucket_id == bindparam("bucket")).order_by(objects.c.key)
_FROM = _WITHIN.where(objects.c.key >= bindparam("start")).limit(bindparam("count"))
_BETWEEN = _FROM.where(objects.c.key < bindparam("end"))


def page(conn: Connection, bucket_id: int, prefix: bytes, delimiter: bytes, after: bytes, limit: int) -> Page:
    """Up to `limit` objects and common prefixes that begin with `prefix` and come after `after`."""
    if limit <= 0:
        return Page([], [])
    walk = _Walk(prefix, delimiter, limit)
    start: bytes | None = _start(prefix, delimiter, after)
    end = successor(prefix)
    count = FIRST_BATCH if delimiter else min(limit + 1, BATCH + 1)
    while start is not None:
        rows = _rows(conn, bucket_id, start, end, count)
        sought = walk.take(rows)
        if sought is None and len(rows) < count:
            break
        count = max(2, count // 2) if sought is not None else min(BATCH, count * 2)
        start = sought if sought is not None else rows[-1].key + b"\0"
        if walk.page.last is not None or (end is not None and start >= end):
            break
    return walk.page


def successor(prefix: bytes) -> bytes | None:
    """The least key that comes after every key that begins with `prefix`."""
    stem = prefix.rstrip(b"\xff")
    return stem[:-1] + bytes([stem[-1] + 1]) if stem else None


class _Walk:
    """Sorts rows into a page until it is full."""

    def __init__(self, prefix: bytes, delimiter: bytes, limit: int) -> None:
        self.prefix, self.delimiter, self.limit = prefix, delimiter, limit
        self.page = Page([], [])
        self.latest = b""

    def take(self, rows: Sequence[Any]) -> bytes | None:
        """Take `rows` in; returns where to read on when the last of them lies under a common prefix."""
        seek: bytes | None = None
        for row in rows:
            if seek is not None and row.key < seek:
                continue
            seek = None
            if len(self.page.entries) + len(self.page.prefixes) == self.limit:
                self.page.last = self.latest
                return None
            common = common_prefix(row.key, self.prefix, self.delimiter)
            if common is None:
                self.page.entries.append(Entry(*row))
            else:
                self.page.prefixes.append(common)
                seek = successor(common)
            self.latest = row.key if common is None else common
        return seek


def _rows(conn: Connection, bucket_id: int, start: bytes, end: bytes | None, count: int) -> Sequence[Any]:
    values = {"bucket": bucket_id, "start": start, "count": count}
    if end is None:
        return conn.execute(_FROM, values).all()
    return conn.execute(_BETWEEN, {**values, "end": end}).all()


def _start(prefix: bytes, delimiter: bytes, after: bytes) -> bytes | None:
    """Where to begin: a page may have ended with a common prefix, which is then passed by whole."""
    if after < prefix:
        return prefix
    if common_prefix(after, prefix, delimiter) == after:
        return successor(after)
    return after + b"\0" if after else prefix


def common_prefix(key: bytes, prefix: bytes, delimiter: bytes) -> bytes | None:
    """What `key` shares with its neighbours up to the delimiter; None when it stands for itself."""
    if not delimiter or not key.startswith(prefix):
        return None
    found = key.find(delimiter, len(prefix))
    return None if found < 0 else key[: found + len(delimiter)]
