"""The migrations lead to the tables that the code is written for, on both databases."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, create_engine, inspect, text

from stokehold.store import migrations
from stokehold.store.database import Database, Unusable

metadata = migrations.whole()


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database without tables, once on each dialect."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/empty.db"
    else:
        server = request.getfixturevalue("postgresql_server")
        url = server.empty()
        yield url
        server.drop(url)


@pytest.fixture(params=["at once", "by every migration"])
def made(request: pytest.FixtureRequest, empty_url: str) -> Iterator[Database]:
    """A database that was made in one of the two ways."""
    if request.param == "by every migration":
        engine = create_engine(empty_url.replace("postgresql://", "postgresql+psycopg://"))
        with engine.begin() as conn:
            migrations.apply(conn)
        engine.dispose()
    opened = Database(empty_url)
    yield opened
    opened.close()


def test_both_ways_make_the_tables_of_the_schema(made: Database) -> None:
    assert made.read_now(_differences) == []


def _differences(conn: Connection) -> list[Any]:
    return compare_metadata(MigrationContext.configure(conn), metadata)


def test_the_rules_of_the_schema_are_in_the_database(made: Database) -> None:
    def checks(conn: Connection) -> set[tuple[str, str]]:
        found = inspect(conn)
        return {
            (t, _plain(c["sqltext"])) for t in found.get_table_names() for c in found.get_check_constraints(t)
        }

    wanted = {
        (table.name, _plain(str(rule.sqltext)))
        for table in metadata.tables.values()
        for rule in table.constraints
        if hasattr(rule, "sqltext")
    }
    assert wanted <= made.read_now(checks)


def _plain(rule: str) -> str:
    return "".join(rule.split()).replace("(", "").replace(")", "").replace("::bigint", "").replace("'", "")


def test_a_database_that_is_up_to_date_is_left_alone(database: Database) -> None:
    migrations.upgrade(database.engine)
    query = text("SELECT version_num FROM alembic_version")
    version = database.read_now(lambda conn: conn.execute(query).scalars().all())
    assert version == [migrations.newest()]


def test_both_ways_make_the_same_indexes(made: Database) -> None:
    def indexes(conn: Connection) -> set[tuple[str | None, bool]]:
        found = inspect(conn)
        return {(i["name"], bool(i["unique"])) for t in found.get_table_names() for i in found.get_indexes(t)}

    wanted = {(i.name, i.unique) for table in metadata.tables.values() for i in table.indexes}
    assert wanted <= made.read_now(indexes)


def test_numbers_of_actions_are_never_used_again(made: Database) -> None:
    if made.dialect == "sqlite":
        query = text("SELECT sql FROM sqlite_master WHERE name = 'actions'")
        assert "AUTOINCREMENT" in str(made.read_now(lambda conn: conn.execute(query).scalar()))


def test_a_database_of_a_newer_version_is_left_alone(made: Database) -> None:
    made.write_now(lambda conn: conn.execute(text("UPDATE alembic_version SET version_num = '9999'")))
    with pytest.raises(Unusable, match="a newer version of Stokehold has been at it"):
        Database(made.engine.url.render_as_string(hide_password=False).replace("+psycopg", ""))
