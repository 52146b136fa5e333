from pathlib import Path

import pytest

from stokehold.store.connections import engine


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_postgresql_is_spoken_to_by_one_driver_whatever_its_url_is_called(scheme: str) -> None:
    made = engine(f"{scheme}://user@host/name")
    assert (made.dialect.name, made.dialect.driver) == ("postgresql", "psycopg")


@pytest.mark.parametrize(
    ("pragma", "value"), [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("temp_store", 2)]
)
def test_every_connection_to_sqlite_is_durable_and_keeps_rules(
    tmp_path: Path, pragma: str, value: object
) -> None:
    made = engine(f"sqlite:///{tmp_path}/x.db")
    with made.connect() as one, made.connect() as other:
        for conn in (one, other):
            assert conn.exec_driver_sql(f"PRAGMA {pragma}").scalar() == value
    made.dispose()


def test_the_connection_that_was_used_last_is_used_next(tmp_path: Path) -> None:
    made = engine(f"sqlite:///{tmp_path}/x.db")
    with made.connect() as one, made.connect() as other:
        used = {id(one.connection.dbapi_connection): "one", id(other.connection.dbapi_connection): "other"}
    seen = []
    for _ in range(3):
        with made.connect() as conn:
            seen.append(used[id(conn.connection.dbapi_connection)])
    assert len(set(seen)) == 1
    made.dispose()
