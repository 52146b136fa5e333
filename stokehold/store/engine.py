"""Engines of the two databases, and how SQLite's connections are set up."""

import contextlib
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import QueuePool

READERS = 8  # reads at a time


def make(url: str) -> Engine:
    """An engine for `url`. Raises ValueError and SQLAlchemyError for one that names no database."""
    if url.startswith("sqlite"):
        engine = create_engine(
            url,
            connect_args={"check_same_thread": False, "timeout": 30, "cached_statements": 512},
            poolclass=QueuePool,
            pool_size=READERS + 2,
        )
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    return create_engine(_psycopg(url), pool_size=READERS + 1, pool_pre_ping=True)


def _psycopg(url: str) -> str:
    scheme, _, rest = url.partition("://")
    return f"postgresql+psycopg://{rest}" if scheme in {"postgres", "postgresql"} else url


def _prepare_sqlite(dbapi: Any, _record: Any) -> None:
    dbapi.isolation_level = None  # SQLAlchemy's "begin" event opens the transaction: see _begin_sqlite
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "temp_store=MEMORY",
        "cache_size=-8000",
        "wal_autocheckpoint=4000",
        "journal_size_limit=67108864",
    ):
        with contextlib.closing(dbapi.execute(f"PRAGMA {pragma}")):
            pass


def _begin_sqlite(conn: Connection) -> None:
    driver: Any = conn.connection.driver_connection
    if not driver.in_transaction:  # else it is one of `Kept`
        conn.exec_driver_sql("BEGIN IMMEDIATE" if conn.get_execution_options().get("writer") else "BEGIN")
