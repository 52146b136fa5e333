"""Objects, their blobs and their bucket's counters change together."""

import pytest

from stokehold.domain.errors import StokeholdError
from stokehold.store import objects
from stokehold.store.buckets import NoSuchBucket
from stokehold.store.database import Database
from stokehold.store.objects import Attributes, Checksum, NoSuchKey, Object
from tests.store import shelves
from tests.store.shelves import at, made


@pytest.fixture
def alice(database: Database) -> int:
    account_id = shelves.account(database)
    shelves.bucket(database, account_id)
    return account_id


def test_an_object_comes_back_as_it_was_put(database: Database, alice: int) -> None:
    attributes = Attributes({"content-type": "a/b"}, {"who": "me"}, Checksum("crc32", "NhCmhg=="))
    new = Object("é\\x/..".encode(), 5, "etag", 123, attributes, made(b"", ("a", 2), ("b", 3)).extents)
    assert database.write_now(objects.put, at(alice, new.key), new) == []
    assert database.read_now(objects.find, at(alice, new.key)) == new
    assert shelves.counters(database, alice) == (1, 5)


def test_putting_again_swaps_the_blobs(database: Database, alice: int) -> None:
    database.write_now(objects.put, at(alice, b"k"), made(b"k", ("a", 5)))
    assert database.write_now(objects.put, at(alice, b"k"), made(b"k", ("b", 7))) == ["a"]
    assert database.read_now(shelves.uses) == {"b": 1}
    assert shelves.counters(database, alice) == (1, 7)


def test_what_is_not_there_is_told_apart(database: Database, alice: int) -> None:
    with pytest.raises(NoSuchKey):
        database.read_now(objects.find, at(alice, b"k"))
    for change in (
        lambda: database.read_now(objects.find, at(alice, b"k", "other")),
        lambda: database.write_now(objects.put, at(alice, b"k", "other"), made(b"k", ("a", 1))),
        lambda: database.write_now(objects.remove, alice, "other", [b"k"]),
    ):
        with pytest.raises(NoSuchBucket):
            change()
    assert database.read_now(shelves.uses) == {}


def test_a_check_sees_what_is_there_and_can_refuse(database: Database, alice: int) -> None:
    seen: list[Object | None] = []
    database.write_now(objects.put, at(alice, b"k"), made(b"k", ("a", 5)), seen.append)
    database.write_now(objects.put, at(alice, b"k"), made(b"k", ("b", 5)), seen.append)
    assert seen == [None, made(b"k", ("a", 5))]

    def refuse(there: Object | None) -> None:
        raise StokeholdError("no")

    with pytest.raises(StokeholdError, match="no"):
        database.write_now(objects.put, at(alice, b"k"), made(b"k", ("c", 5)), refuse)
    assert database.read_now(shelves.uses) == {"b": 1}


def test_a_copy_shares_its_blobs_with_the_source(database: Database, alice: int) -> None:
    shelves.bucket(database, alice, "other")
    database.write_now(objects.put, at(alice, b"k"), made(b"k", ("a", 5)))
    made_copy, gone = database.write_now(
        objects.copy, at(alice, b"k"), at(alice, b"c", "other"), lambda source: made(b"c", ("a", 5))
    )
    assert (made_copy.key, gone) == (b"c", [])
    assert database.read_now(shelves.uses) == {"a": 2}
    assert database.write_now(objects.remove, alice, "buck", [b"k"]) == []
    assert database.write_now(objects.remove, alice, "other", [b"c"]) == ["a"]


def test_a_copy_onto_itself_keeps_its_blobs(database: Database, alice: int) -> None:
    database.write_now(objects.put, at(alice, b"k"), made(b"k", ("a", 5)))
    _, gone = database.write_now(objects.copy, at(alice, b"k"), at(alice, b"k"), lambda source: source)
    assert gone == []
    assert database.read_now(shelves.uses) == {"a": 1}
    assert shelves.counters(database, alice) == (1, 5)


def test_many_keys_are_removed_at_once_and_missing_ones_do_not_count(database: Database, alice: int) -> None:
    for number in range(5):
        key = b"k%d" % number
        database.write_now(objects.put, at(alice, key), made(key, (f"blob{number}", 10)))
    gone = database.write_now(objects.remove, alice, "buck", [b"k1", b"k3", b"k3", b"missing"])
    assert sorted(gone) == ["blob1", "blob3"]
    assert database.read_now(shelves.keys) == [b"k0", b"k2", b"k4"]
    assert shelves.counters(database, alice) == (3, 30)


def test_an_object_may_hold_one_blob_twice(database: Database, alice: int) -> None:
    database.write_now(objects.put, at(alice, b"k"), made(b"k", ("a", 5)))
    database.write_now(
        objects.copy, at(alice, b"k"), at(alice, b"twice"), lambda s: made(b"twice", ("a", 5), ("a", 5))
    )
    assert database.read_now(shelves.uses) == {"a": 3}
    assert database.write_now(objects.remove, alice, "buck", [b"k", b"twice"]) == ["a"]
