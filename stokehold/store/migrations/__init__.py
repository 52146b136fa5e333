"""Bringing a database to the schema of this version. Forward only."""

from importlib import import_module
from pathlib import Path

from sqlalchemy import Connection, Engine, MetaData, inspect, text

from stokehold.store.schema import metadata

FOLDER = Path(__file__).parent


def upgrade(engine: Engine) -> None:
    """Make the tables of an empty database; apply every migration that another one has not seen.

    Raises ValueError for a database that a newer version has been at.
    """
    with engine.connect().execution_options(writer=True) as conn, conn.begin():
        version = _version(conn)
        if version is None:
            _create(conn)
        elif version > newest():
            raise ValueError(
                f"a newer version of Stokehold has been at it (schema {version}, not {newest()})"
            )
        elif version != newest():
            apply(conn)


def newest() -> str:
    """The revision of this version: the number that its last migration's file begins with."""
    return max(path.name.partition("_")[0] for path in FOLDER.glob("versions/[0-9]*.py"))


def whole() -> MetaData:
    """The tables of every schema module."""
    for path in FOLDER.parent.glob("*schema.py"):
        import_module(f"stokehold.store.{path.stem}")
    return metadata


def _version(conn: Connection) -> str | None:
    if not inspect(conn).has_table("alembic_version"):
        return None
    return conn.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _create(conn: Connection) -> None:
    """The tables as the schema has them now: what all migrations together make, without Alembic's 12 MB and 0.2 s."""
    whole().create_all(conn, checkfirst=False)
    conn.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"))
    conn.execute(text("INSERT INTO alembic_version VALUES (:newest)"), {"newest": newest()})


def apply(conn: Connection, revision: str = "head") -> None:
    """Apply the migrations up to `revision` that a database has not seen; all of them to an empty one."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.attributes["connection"] = conn
    command.upgrade(config, revision)
