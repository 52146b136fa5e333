"""Multipart uploads in the index: their parts' blobs become the object's, or go."""

import pytest

from stokehold.store import objects, uploads
from stokehold.store.database import Connection, Database
from stokehold.store.uploads import NoSuchUpload, Part, Plan, Upload
from tests.store import shelves
from tests.store.shelves import at, made


@pytest.fixture
def alice(database: Database) -> int:
    account_id = shelves.account(database)
    shelves.bucket(database, account_id)
    return account_id


def part(number: int, blob: str, size: int = 5) -> Part:
    return Part(number, blob, size, f"etag {blob}", None, 0)


def begin(database: Database, alice: int, upload: str = "u", key: bytes = b"k", now: int = 0) -> None:
    database.write_now(uploads.create, at(alice, key), upload, Plan(algorithm="crc32"), now)


def build(upload: Upload, there: list[Part]) -> tuple[objects.Object, list[int]]:
    """An object of all parts but the third."""
    chosen = [part for part in there if part.number != 3]
    return made(upload.key, *((part.blob, part.size) for part in chosen)), [part.number for part in chosen]


def test_parts_become_an_object_and_those_left_out_go(database: Database, alice: int) -> None:
    begin(database, alice)
    for number, blob in ((2, "b"), (1, "a"), (3, "c")):
        assert database.write_now(uploads.add_part, at(alice, b"k"), "u", part(number, blob)) == []
    new, gone = database.write_now(uploads.complete, at(alice, b"k"), "u", build)
    assert ([extent.blob for extent in new.extents], gone) == (["a", "b"], ["c"])
    assert database.read_now(objects.find, at(alice, b"k")) == new
    assert database.read_now(shelves.uses) == {"a": 1, "b": 1}
    assert shelves.counters(database, alice) == (1, 10)


def test_a_repeated_completion_changes_nothing(database: Database, alice: int) -> None:
    begin(database, alice)
    database.write_now(uploads.add_part, at(alice, b"k"), "u", part(1, "a"))
    first, _ = database.write_now(uploads.complete, at(alice, b"k"), "u", build)
    database.write_now(objects.remove, alice, "buck", [b"k"])
    assert database.write_now(uploads.complete, at(alice, b"k"), "u", build) == (first, [])
    assert database.read_now(shelves.keys) == []


def test_a_part_sent_again_replaces_the_first(database: Database, alice: int) -> None:
    begin(database, alice)
    database.write_now(uploads.add_part, at(alice, b"k"), "u", part(1, "a"))
    assert database.write_now(uploads.add_part, at(alice, b"k"), "u", part(1, "b")) == ["a"]
    assert [one.blob for one in database.read_now(uploads.parts, "u")] == ["b"]


def test_an_aborted_upload_lets_go_of_its_parts(database: Database, alice: int) -> None:
    begin(database, alice)
    database.write_now(uploads.add_part, at(alice, b"k"), "u", part(1, "a"))
    assert database.write_now(uploads.abort, at(alice, b"k"), "u") == ["a"]
    for change in (uploads.abort, uploads.still_open):
        with pytest.raises(NoSuchUpload):
            database.write_now(change, at(alice, b"k"), "u")


def test_an_upload_belongs_to_its_bucket_key_and_account(database: Database, alice: int) -> None:
    bob = shelves.account(database, "bob@example.org")
    shelves.bucket(database, bob)
    shelves.bucket(database, alice, "other")
    begin(database, alice)
    for address in (at(bob, b"k"), at(alice, b"j"), at(alice, b"k", "other")):
        with pytest.raises(NoSuchUpload):
            database.write_now(uploads.add_part, address, "u", part(1, "a"))
    assert database.read_now(shelves.uses) == {}


def test_a_completed_upload_takes_no_more_parts(database: Database, alice: int) -> None:
    begin(database, alice)
    database.write_now(uploads.add_part, at(alice, b"k"), "u", part(1, "a"))
    database.write_now(uploads.complete, at(alice, b"k"), "u", build)
    with pytest.raises(NoSuchUpload):
        database.write_now(uploads.add_part, at(alice, b"k"), "u", part(2, "b"))


def test_parts_and_uploads_come_in_pages(database: Database, alice: int) -> None:
    for key, upload in ((b"a", "1"), (b"a", "2"), (b"b", "3")):
        begin(database, alice, upload, key)

    def page(conn: Connection, prefix: bytes, key: bytes, upload: str) -> list[str]:
        bucket = shelves.buckets.find(conn, alice, "buck").id
        return [one.id for one in uploads.page(conn, bucket, prefix, (key, upload), 2)]

    assert database.read_now(page, b"", b"", "") == ["1", "2"]
    assert database.read_now(page, b"", b"a", "1") == ["2", "3"]
    assert database.read_now(page, b"", b"a", "") == ["3"]
    assert database.read_now(page, b"b", b"", "") == ["3"]
    for number in (4, 1, 9):
        database.write_now(uploads.add_part, at(alice, b"b"), "3", part(number, f"blob{number}"))
    assert [one.number for one in database.read_now(uploads.parts, "3", 1, 2)] == [4, 9]


def test_stale_uploads_and_old_completions_expire(database: Database, alice: int) -> None:
    for upload, now in (("old", 10), ("new", 100), ("done", 10)):
        begin(database, alice, upload, b"k", now)
        database.write_now(uploads.add_part, at(alice, b"k"), upload, part(1, f"blob of {upload}"))
    database.write_now(uploads.complete, at(alice, b"k"), "done", build)  # completed at 1: see shelves.made
    assert database.write_now(uploads.expire, 50, 0) == ["blob of old"]
    assert database.read_now(uploads.find, at(alice, b"k"), "done").completed is not None
    assert database.write_now(uploads.expire, 50, 50) == []
    with pytest.raises(NoSuchUpload):
        database.read_now(uploads.find, at(alice, b"k"), "done")
    assert database.read_now(uploads.still_open, at(alice, b"k"), "new").plan.algorithm == "crc32"
