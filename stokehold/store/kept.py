"""A connection to SQLite that stays open: for the writer's commits and for looks at a few rows."""

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

from sqlalchemy import Connection, Engine

from stokehold.store.prepared import tell


class Kept:
    """Its transactions are begun and ended by the driver itself, with `begin`.

    Through the pool and SQLAlchemy's transactions 70 us pass before a row is read; here it is 4.
    """

    def __init__(
        self, engine: Engine, begin: str, committing: AbstractContextManager[object] | None = None
    ) -> None:
        """`committing` is held during each commit."""
        self._engine, self._begin, self._committing = engine, begin, committing or nullcontext()
        self._conn: Connection | None = None
        self._alone = threading.Lock()

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """One transaction; it is undone when the block raises."""
        with self._alone:
            if self._conn is None:
                self._conn = self._engine.connect()
            conn = self._conn
            driver: Any = conn.connection.driver_connection
            _say(conn, self._begin, lambda: driver.execute(self._begin))
            try:
                yield conn
                with self._committing:
                    conn.commit()  # what SQLAlchemy believes it has begun
                    _say(conn, "COMMIT", driver.commit)
            except BaseException:
                conn.rollback()
                driver.rollback()
                raise

    def close(self) -> None:
        """Let go of the connection."""
        with self._alone:
            if self._conn is not None:
                self._conn.close()
                self._conn = None


def _say(conn: Connection, words: str, act: Callable[[], object]) -> None:
    try:
        act()
    except Exception as error:
        tell(conn, words, error)
        raise
