"""Connections to SQLite are set up before anybody uses them; URLs of PostgreSQL may be written in any usual way."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ArgumentError

from stokehold.store import engine


def test_every_connection_to_sqlite_is_durable_and_keeps_its_rules(sqlite_url: str) -> None:
    made = engine.make(sqlite_url)
    with made.connect() as one, made.connect() as other:
        for conn in (one, other):
            told = [
                conn.execute(text(f"PRAGMA {name}")).scalar()
                for name in ("journal_mode", "synchronous", "foreign_keys")
            ]
            assert told == ["wal", 2, 1]
    made.dispose()


def test_a_transaction_sees_one_moment(sqlite_url: str) -> None:
    made = engine.make(sqlite_url)
    count = text("SELECT count(*) FROM accounts")
    with made.connect() as reading, made.connect().execution_options(writer=True) as writing:
        before = reading.execute(count).scalar()
        with writing.begin():
            writing.execute(
                text(
                    "INSERT INTO accounts (email, token_digest, token_sealed, created_at) VALUES ('e', 'd', x'', 0)"
                )
            )
        assert reading.execute(count).scalar() == before
    made.dispose()


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_postgresql_is_reached_through_psycopg_however_its_url_begins(scheme: str) -> None:
    made = engine.make(f"{scheme}://me@localhost/stokehold")
    assert (made.dialect.name, made.dialect.driver, made.url.database) == (
        "postgresql",
        "psycopg",
        "stokehold",
    )


def test_what_is_no_url_is_refused() -> None:
    with pytest.raises(ArgumentError):
        engine.make("stokehold.db")
