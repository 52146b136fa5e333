"""Blobs live as long as something uses them."""

import pytest

from stokehold.domain.errors import Conflict
from stokehold.store import blob_uses
from stokehold.store.database import Connection, Database
from tests.store import shelves


def test_a_blob_goes_with_its_last_use(database: Database) -> None:
    database.write_now(blob_uses.add, "a", 5)
    database.write_now(blob_uses.share, ["a", "a"])
    assert database.read_now(shelves.uses) == {"a": 3}
    assert database.write_now(blob_uses.release, ["a"]) == []
    assert database.write_now(blob_uses.release, ["a", "a"]) == ["a"]
    assert database.read_now(shelves.uses) == {}


def test_a_blob_that_has_gone_cannot_be_shared(database: Database) -> None:
    database.write_now(blob_uses.add, "a", 5)
    with pytest.raises(Conflict):
        database.write_now(blob_uses.share, ["a", "gone"])
    assert database.read_now(shelves.uses) == {"a": 1}


def test_what_is_in_use_is_known_however_many_are_asked_for(database: Database) -> None:
    def add(conn: Connection) -> None:
        for number in range(0, 1200, 2):
            blob_uses.add(conn, str(number), 1)

    database.write_now(add)
    known = database.read_now(blob_uses.known, [str(number) for number in range(1200)])
    assert known == {str(number) for number in range(0, 1200, 2)}
    assert len(database.write_now(blob_uses.release, sorted(known))) == 600


def test_nothing_is_asked_of_no_blobs(database: Database) -> None:
    assert database.write_now(blob_uses.release, []) == []
    assert database.read_now(blob_uses.known, []) == set()
