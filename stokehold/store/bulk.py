"""Statements that write many rows."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Insert, Update

from stokehold.store.prepared import Prepared, cursor

Row = Mapping[str, Any]


class Bulk:
    """An INSERT of the columns `names`, or an UPDATE whose parameters are all named."""

    def __init__(self, statement: Insert | Update, names: Iterable[str] = ()) -> None:
        self._prepared = Prepared(statement, list(names), many=True)

    def execute(self, conn: Connection, rows: Sequence[Row]) -> int:
        """Carry it out for each row; returns how many rows of the table were touched."""
        if not rows:
            return 0
        sql, order = self._prepared.words(conn)
        given: Any = [tuple([row[name] for name in order]) for row in rows] if order else list(rows)
        with cursor(conn, sql) as opened:
            opened.executemany(sql, given)
            return int(opened.rowcount)
