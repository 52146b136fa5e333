"""Statements of the hot paths: compiled once for each dialect, then handed to the driver as they are.

SQLAlchemy's own way costs ten times what SQLite needs for a row. Values go in and come out as the drivers know them:
no enums in, 0 and 1 for booleans out of SQLite.
"""

from collections import namedtuple
from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, TextualSelect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql import ClauseElement


class Words(NamedTuple):
    """A statement as a driver takes it: `order` is that of its parameters when they have no names."""

    sql: str
    order: list[str] | None
    constants: dict[str, Any]  # values that the statement itself holds


class Prepared:
    """One statement in the words of each dialect that it has met."""

    def __init__(self, statement: ClauseElement, names: Sequence[str] = (), *, many: bool = False) -> None:
        self._statement, self._names, self._many = statement, list(names) or None, many
        self._known: dict[str, Words] = {}

    def words(self, conn: Connection) -> Words:
        return self._known.get(conn.dialect.name) or self._compile(conn)

    def _compile(self, conn: Connection) -> Words:
        compiled: Any = self._statement.compile(
            dialect=conn.dialect, column_keys=self._names, for_executemany=self._many
        )
        constants = {key: value for key, value in compiled.params.items() if value is not None}
        self._known[conn.dialect.name] = Words(str(compiled), compiled.positiontup, constants)
        return self._known[conn.dialect.name]


class Query:
    """A SELECT whose parameters are all named. Its rows are named tuples."""

    def __init__(self, statement: Select[Any] | TextualSelect) -> None:
        self._prepared = Prepared(statement)
        columns = [getattr(column, "name", "_") for column in statement.selected_columns]
        self._row: Any = namedtuple("Row", columns, rename=True)  # type: ignore[misc]

    def all(self, conn: Connection, **values: Any) -> list[Any]:
        sql, order, constants = self._prepared.words(conn)
        values = constants | values
        given: Any = [values[name] for name in order] if order is not None else values
        with cursor(conn, sql) as opened:
            opened.execute(sql, given)
            return [self._row._make(row) for row in opened.fetchall()]

    def first(self, conn: Connection, **values: Any) -> Any:
        """The first row, or None."""
        rows = self.all(conn, **values)
        return rows[0] if rows else None

    def scalar(self, conn: Connection, **values: Any) -> Any:
        """The first column of the first row, or None."""
        row = self.first(conn, **values)
        return row[0] if row else None


class cursor:  # noqa: N801  # read as a verb
    """The driver's own cursor, in the running transaction, for one statement.

    Those who watch the engine's statements see it; its errors are told as SQLAlchemy tells them.
    """

    __slots__ = ("_conn", "_opened", "_sql")

    def __init__(self, conn: Connection, sql: str) -> None:
        self._conn, self._sql = conn, sql

    def __enter__(self) -> Any:
        self._opened = self._conn.connection.cursor()
        for watch in self._conn.dispatch.before_cursor_execute:
            watch(self._conn, self._opened, self._sql, None, None, False)
        return self._opened

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        self._opened.close()
        if error is not None:
            tell(self._conn, self._sql, error)


def tell(conn: Connection, sql: str, error: BaseException) -> None:
    """Raise an error of the driver's as SQLAlchemy tells it."""
    driver = conn.dialect.loaded_dbapi.Error
    if isinstance(error, driver):
        raise DBAPIError.instance(sql, None, error, driver, dialect=conn.dialect) from error
