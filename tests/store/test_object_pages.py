"""Pages of keys agree with a naive oracle, whatever the keys, the prefix and the delimiter."""

import itertools
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from stokehold.store.database import Connection, Database
from stokehold.store.object_pages import Page, page, successor
from stokehold.store.storage_schema import objects
from tests.store import shelves

serial = itertools.count()
texts = st.text("ab/-é\U0001f600", max_size=5).map(str.encode)


def fill(database: Database, keys: set[bytes]) -> int:
    """A new bucket with those keys."""
    account = shelves.account(database, f"{next(serial)}@example.org")
    bucket = shelves.bucket(database, account)
    row = {"bucket_id": bucket, "size": 1, "etag": "e", "modified_at": 0, "attributes": "{}", "extents": "[]"}

    def insert(conn: Connection) -> None:
        if keys:
            conn.execute(objects.insert(), [{**row, "key": key} for key in keys])

    database.write_now(insert)
    return bucket


def oracle(keys: set[bytes], prefix: bytes, delimiter: bytes) -> list[bytes]:
    found = []
    for key in sorted(keys):
        if key.startswith(prefix):
            cut = key.find(delimiter, len(prefix)) if delimiter else -1
            found.append(key if cut < 0 else key[: cut + len(delimiter)])
    return list(dict.fromkeys(found))


def walk(read: Callable[[bytes], Page]) -> list[bytes]:
    """All pages put together."""
    found: list[bytes] = []
    after: bytes | None = b""
    while after is not None:
        one = read(after)
        found += sorted([entry.key for entry in one.entries] + one.prefixes)
        after = one.last
    return found


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    keys=st.sets(texts.filter(bool), max_size=40),
    prefix=texts,
    delimiter=st.sampled_from([b"", b"/", b"a", b"-/", "é".encode()]),
    limit=st.integers(1, 12),
)
def test_pages_put_together_are_the_whole(
    database: Database, keys: set[bytes], prefix: bytes, delimiter: bytes, limit: int
) -> None:
    bucket = fill(database, keys)

    def read(after: bytes) -> Page:
        one = database.read_now(page, bucket, prefix, delimiter, after, limit)
        assert len(one.entries) + len(one.prefixes) <= limit
        return one

    assert walk(read) == oracle(keys, prefix, delimiter)


def test_a_page_of_nothing_is_the_last(database: Database) -> None:
    bucket = fill(database, {b"a"})
    assert database.read_now(page, bucket, b"", b"", b"", 0) == Page([], [])


def test_a_full_page_is_the_last_when_nothing_follows(database: Database) -> None:
    bucket = fill(database, {b"a", b"b/1", b"b/2"})
    one = database.read_now(page, bucket, b"", b"/", b"", 2)
    assert ([entry.key for entry in one.entries], one.prefixes, one.last) == ([b"a"], [b"b/"], None)


def test_a_common_prefix_of_many_keys_costs_a_few_small_reads(database: Database) -> None:
    bucket = fill(database, {b"%s/%05d" % (name, n) for name in (b"a", b"b", b"c") for n in range(3000)})
    statements: list[str] = []

    def count(_conn: object, cursor: object, statement: str, *_rest: object) -> None:
        statements.append(statement)

    event.listen(database.engine, "after_cursor_execute", count)
    one = database.read_now(page, bucket, b"", b"/", b"", 1000)
    event.remove(database.engine, "after_cursor_execute", count)
    assert one.prefixes == [b"a/", b"b/", b"c/"]
    assert len(statements) <= 6


@pytest.mark.parametrize(
    ("prefix", "expected"),
    [(b"a", b"b"), (b"a/", b"a0"), (b"a\xff", b"b"), (b"", None), (b"\xff\xff", None)],
)
def test_the_successor_is_the_least_key_after_a_prefix(prefix: bytes, expected: bytes | None) -> None:
    assert successor(prefix) == expected
