"""A part of a transaction is undone by itself, on both databases."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from stokehold.store.database import Connection, Database
from stokehold.store.savepoint import savepoint


def say(conn: Connection, *words: str) -> None:
    for word in words:
        conn.execute(text("INSERT INTO words VALUES (:word)"), {"word": word})


def words(database: Database) -> list[str]:
    return database.read_now(
        lambda conn: list(conn.execute(text("SELECT word FROM words ORDER BY word")).scalars())
    )


@pytest.fixture(autouse=True)
def table(database: Database) -> None:
    database.write_now(lambda conn: conn.execute(text("CREATE TABLE words (word TEXT UNIQUE)")).close())


def test_what_raises_is_undone_and_what_was_before_stays(database: Database) -> None:
    def change(conn: Connection) -> None:
        say(conn, "before")
        with pytest.raises(DBAPIError), savepoint(conn):
            say(conn, "inside", "inside")
        say(conn, "after")

    database.write_now(change)
    assert words(database) == ["after", "before"]


def test_one_inside_another_undoes_itself_alone(database: Database) -> None:
    def change(conn: Connection) -> None:
        with savepoint(conn):
            say(conn, "outer")
            with pytest.raises(DBAPIError), savepoint(conn):
                say(conn, "inner", "outer")

    database.write_now(change)
    assert words(database) == ["outer"]


def test_when_the_transaction_is_gone_the_first_error_of_the_database_tells_why(database: Database) -> None:
    def change(conn: Connection) -> None:
        with savepoint(conn):
            conn.execute(text("ROLLBACK TO SAVEPOINT part"))
            conn.execute(text("RELEASE SAVEPOINT part"))
            say(conn, "once", "once")

    with pytest.raises(DBAPIError, match=r"(?i)unique"):
        database.write_now(change)
    assert words(database) == []
