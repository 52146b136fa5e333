"""A connection to SQLite that stays open: each transaction is whole, whoever began it and however it ends."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, select, text
from sqlalchemy.exc import IntegrityError, OperationalError

from stokehold.store import connections
from stokehold.store.kept import Kept
from stokehold.store.prepared import cursor
from stokehold.store.schema import cursors


@pytest.fixture
def kept(sqlite_url: str) -> Iterator[Kept]:
    made = connections.engine(sqlite_url)
    opened = Kept(made, "BEGIN IMMEDIATE")
    with opened.transaction() as conn:
        conn.execute(text("CREATE TABLE words (word TEXT UNIQUE)"))
    yield opened
    opened.close()
    made.dispose()


def say(conn: Connection, word: str) -> None:
    """By the driver."""
    with cursor(conn, "INSERT INTO words VALUES (?)") as opened:
        opened.execute("INSERT INTO words VALUES (?)", (word,))


def fail(conn: Connection, *, by_sqlalchemy: bool) -> None:
    say(conn, "a")
    if by_sqlalchemy:
        conn.execute(text("INSERT INTO words VALUES ('b')"))
    raise ZeroDivisionError


def words(kept: Kept) -> list[str]:
    with kept.transaction() as conn:
        return list(conn.execute(text("SELECT word FROM words ORDER BY word")).scalars())


def test_what_driver_and_sqlalchemy_did_is_committed_together(kept: Kept) -> None:
    with kept.transaction() as conn:
        say(conn, "a")
        conn.execute(text("INSERT INTO words VALUES ('b')"))
    assert words(kept) == ["a", "b"]


def test_what_raises_is_undone_whole_and_the_connection_goes_on(kept: Kept) -> None:
    for by_sqlalchemy in (False, True):
        with pytest.raises(ZeroDivisionError), kept.transaction() as conn:
            fail(conn, by_sqlalchemy=by_sqlalchemy)
    with kept.transaction() as conn:
        say(conn, "c")
    assert words(kept) == ["c"]


def test_errors_of_the_driver_are_told_as_sqlalchemy_tells_them(kept: Kept) -> None:
    with kept.transaction() as conn:
        say(conn, "a")
    with pytest.raises(IntegrityError), kept.transaction() as conn:
        say(conn, "a")
    assert words(kept) == ["a"]


def test_a_database_that_is_held_by_another_is_told_at_the_beginning(kept: Kept, sqlite_url: str) -> None:
    other = connections.engine(sqlite_url)
    with other.connect() as impatient:
        impatient.execute(text("PRAGMA busy_timeout = 10"))
        beside = Kept(other, "BEGIN IMMEDIATE")
        with beside.transaction() as conn:
            conn.execute(text("PRAGMA busy_timeout = 10"))
        with kept.transaction(), pytest.raises(OperationalError, match="locked"), beside.transaction():
            pytest.fail("it was begun")
        with beside.transaction() as conn:
            assert conn.execute(select(cursors.c.task_id)).all() == []
        beside.close()
    other.dispose()


def test_a_look_sees_one_moment(kept: Kept, sqlite_url: str) -> None:
    made = connections.engine(sqlite_url)
    look = Kept(made, "BEGIN")
    with look.transaction() as conn:
        assert conn.execute(text("SELECT count(*) FROM words")).scalar() == 0
        with kept.transaction() as writing:
            say(writing, "a")
        assert conn.execute(text("SELECT count(*) FROM words")).scalar() == 0
    with look.transaction() as conn:
        assert conn.execute(text("SELECT count(*) FROM words")).scalar() == 1
    look.close()
    made.dispose()
