"""The migrations lead to the tables that the code is written for, on both databases."""

from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, inspect, text

from stokehold.store import migrations, secret_schema, storage_schema  # noqa: F401
from stokehold.store.database import Database
from stokehold.store.schema import metadata


def test_the_migrations_make_the_tables_of_the_schema(database: Database) -> None:
    assert database.read_now(_differences) == []


def _differences(conn: Connection) -> list[Any]:
    return compare_metadata(MigrationContext.configure(conn), metadata)


def test_the_rules_of_the_schema_are_in_the_database(database: Database) -> None:
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
    assert wanted <= database.read_now(checks)


def _plain(rule: str) -> str:
    return "".join(rule.split()).replace("(", "").replace(")", "").replace("::bigint", "").replace("'", "")


def test_a_database_that_is_up_to_date_is_left_alone(database: Database) -> None:
    migrations.upgrade(database.engine)
    query = text("SELECT version_num FROM alembic_version")
    version = database.read_now(lambda conn: conn.execute(query).scalars().all())
    assert version == [migrations.newest()]


def test_numbers_of_actions_are_never_used_again(sqlite_url: str) -> None:
    opened = Database(sqlite_url)
    sql = opened.read_now(
        lambda conn: conn.execute(text("SELECT sql FROM sqlite_master WHERE name = 'actions'")).scalar()
    )
    opened.close()
    assert "AUTOINCREMENT" in str(sql)
