"""How often each blob file is used. When the last use goes, the row goes, and the file after the commit."""

from collections import Counter
from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from stokehold.domain.errors import Conflict
from stokehold.store.storage_schema import blobs

BATCH = 500  # names in one IN list

_ADD = insert(blobs)
_USE = update(blobs).where(blobs.c.id == bindparam("blob")).values(uses=blobs.c.uses + bindparam("more"))
_UNUSED = select(blobs.c.id).where(blobs.c.id.in_(bindparam("ids", expanding=True)), blobs.c.uses == 0)
_FORGET = delete(blobs).where(blobs.c.id.in_(bindparam("ids", expanding=True)))
_KNOWN = select(blobs.c.id).where(blobs.c.id.in_(bindparam("ids", expanding=True)))


def add(conn: Connection, blob: str, size: int) -> None:
    """Enter a new file with one use."""
    conn.execute(_ADD, {"id": blob, "size": size, "uses": 1})


def share(conn: Connection, ids: Iterable[str]) -> None:
    """Count one more use for each occurrence in `ids`. Raises Conflict when one has gone meanwhile."""
    _count(conn, ids, 1)


def release(conn: Connection, ids: Iterable[str]) -> list[str]:
    """Count one use less for each occurrence in `ids`; returns the blobs that nothing uses any more."""
    unique = _count(conn, ids, -1)
    gone: list[str] = []
    for batch in _batches(unique):
        gone += conn.execute(_UNUSED, {"ids": batch}).scalars()
    for batch in _batches(gone):
        conn.execute(_FORGET, {"ids": batch})
    return gone


def known(conn: Connection, ids: Sequence[str]) -> set[str]:
    """Those of `ids` that are in use."""
    found: set[str] = set()
    for batch in _batches(ids):
        found.update(conn.execute(_KNOWN, {"ids": batch}).scalars())
    return found


def _count(conn: Connection, ids: Iterable[str], step: int) -> list[str]:
    counts = Counter(ids)
    if counts:
        uses = [{"blob": blob, "more": step * times} for blob, times in counts.items()]
        if conn.execute(_USE, uses).rowcount != len(uses):
            raise Conflict("The object was changed at the same time: try again.")
    return list(counts)


def _batches(ids: Sequence[str]) -> Iterable[Sequence[str]]:
    return (ids[start : start + BATCH] for start in range(0, len(ids), BATCH))
