"""Statements for many rows: compiled once for each dialect, then the driver is handed its rows as they are."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import Connection, Insert, Update

T = TypeVar("T")
Row = Mapping[str, Any]

PIECE = 500  # values in one statement: databases bound the number of parameters


class Bulk:
    """An INSERT of the columns `names`, or an UPDATE whose parameters are all named.

    Values are those that the drivers know: no enums.
    SQLAlchemy's own way costs more for each row than SQLite's work on it.
    """

    def __init__(self, statement: Insert | Update, names: Iterable[str] = ()) -> None:
        self._statement, self._names = statement, list(names)
        self._compiled: dict[str, tuple[str, list[str] | None]] = {}

    def execute(self, conn: Connection, rows: Sequence[Row]) -> int:
        """Carry it out for each row; returns how many rows of the table were touched."""
        if not rows:
            return 0
        sql, order = self._compiled.get(conn.dialect.name) or self._compile(conn)
        given: Any = [tuple([row[name] for name in order]) for row in rows] if order else list(rows)
        return conn.exec_driver_sql(sql, given).rowcount

    def _compile(self, conn: Connection) -> tuple[str, list[str] | None]:
        compiled = self._statement.compile(
            dialect=conn.dialect, column_keys=self._names, for_executemany=True
        )
        self._compiled[conn.dialect.name] = (str(compiled), compiled.positiontup)
        return self._compiled[conn.dialect.name]


def pieces(values: Sequence[T]) -> Iterator[Sequence[T]]:
    """So many of them at a time as one statement takes."""
    return (values[start : start + PIECE] for start in range(0, len(values), PIECE))
