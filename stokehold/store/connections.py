"""Connections to SQLite and PostgreSQL, and how they are set up."""

import contextlib
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import QueuePool

READERS = 8  # queries at once


def engine(url: str) -> Engine:
    """The engine for a URL, with a connection for each reader, for what it lets do aside, and for the writer."""
    if url.startswith("sqlite"):
        made = create_engine(
            url,
            connect_args={"check_same_thread": False, "timeout": 30, "cached_statements": 512},
            poolclass=QueuePool,
            pool_size=READERS + 4,
            pool_use_lifo=True,  # its cache holds what was read last
        )
        event.listen(made, "connect", _prepare_sqlite)
        event.listen(made, "begin", _begin_sqlite)
        return made
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
