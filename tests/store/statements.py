"""Counting what is sent to a database: work is bounded in statements, which no busy machine can blur."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from stokehold.store.database import Database


@contextmanager
def statements(database: Database) -> Iterator[list[str]]:
    """The statements carried out inside the block, without those that frame transactions."""
    seen: list[str] = []

    def note(_conn: Any, _cursor: Any, sql: str, *_rest: Any) -> None:
        if not sql.startswith(("BEGIN", "SAVEPOINT", "RELEASE")):
            seen.append(sql)

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(database.engine, "before_cursor_execute", note)
