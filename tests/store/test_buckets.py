"""Buckets are named within an account, and know how much they hold."""

import pytest

from stokehold.domain.errors import Invalid
from stokehold.store import buckets, objects
from stokehold.store.buckets import BucketNotEmpty, NoSuchBucket
from stokehold.store.database import Database
from tests.store import shelves


def test_a_bucket_is_created_once(database: Database) -> None:
    alice, bob = shelves.account(database), shelves.account(database, "bob@example.org")
    assert database.write_now(buckets.create, alice, "buck", 7) is True
    assert database.write_now(buckets.create, alice, "buck", 8) is False
    assert database.write_now(buckets.create, bob, "buck", 9) is True
    assert database.read_now(buckets.find, alice, "buck").created_at == 7


@pytest.mark.parametrize("name", ["", "ab", "A", "a" * 64, "a..b", ".ab", "ab-", "a_b", "a/b", "abc\n"])
def test_a_bad_name_is_refused(database: Database, name: str) -> None:
    alice = shelves.account(database)
    with pytest.raises(Invalid, match="bucket"):
        database.write_now(buckets.create, alice, name, 0)


def test_buckets_are_found_by_account(database: Database) -> None:
    alice, bob = shelves.account(database), shelves.account(database, "bob@example.org")
    for name in ("b-1", "b.0", "aa0"):
        shelves.bucket(database, alice, name)
    assert [bucket.name for bucket in database.read_now(buckets.of_account, alice)] == ["aa0", "b-1", "b.0"]
    assert database.read_now(buckets.of_account, bob) == []
    assert database.read_now(buckets.missing, alice, ["x", "aa0", "y"]) == ["x", "y"]
    with pytest.raises(NoSuchBucket, match="No such bucket: aa0"):
        database.read_now(buckets.find, bob, "aa0")


def test_only_an_empty_bucket_is_removed(database: Database) -> None:
    alice = shelves.account(database)
    shelves.bucket(database, alice)
    database.write_now(objects.put, shelves.at(alice, b"k"), shelves.made(b"k", ("blob", 5)))
    with pytest.raises(BucketNotEmpty):
        database.write_now(buckets.remove, alice, "buck")
    database.write_now(objects.remove, alice, "buck", [b"k"])
    database.write_now(buckets.remove, alice, "buck")
    with pytest.raises(NoSuchBucket):
        database.write_now(buckets.remove, alice, "buck")
