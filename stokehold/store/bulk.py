"""Statements that write many rows."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import Connection, Insert, Update

from stokehold.store.prepared import Prepared, cursor

T = TypeVar("T")
Row = Mapping[str, Any]

PIECE = 500  # values in one statement: databases bound the number of parameters


class Bulk:
    """An INSERT of the columns `names`, or an UPDATE whose parameters are all named."""

    def __init__(self, statement: Insert | Update, names: Iterable[str] = ()) -> None:
        self._prepared = Prepared(statement, list(names), many=True)

    def execute(self, conn: Connection, rows: Sequence[Row]) -> int:
        """Carry it out for each row; returns how many rows of the table were touched."""
        if not rows:
            return 0
        sql, order, _ = self._prepared.words(conn)
        given: Any = [tuple([row[name] for name in order]) for row in rows] if order else list(rows)
        with cursor(conn, sql) as opened:
            opened.executemany(sql, given)
            return int(opened.rowcount)


def pieces(values: Sequence[T]) -> Iterator[Sequence[T]]:
    """So many of them at a time as one statement takes."""
    return (values[start : start + PIECE] for start in range(0, len(values), PIECE))
