"""New rows given to a database as one parameter: its work on each is less than a driver's on theirs."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Dialect, Table
from sqlalchemy.sql.schema import ScalarElementColumnDefault

from stokehold.store.prepared import cursor

Row = Mapping[str, Any]


class Insertion:
    """An INSERT of lists of rows, which get rising ids in their order. Values are those that JSON knows.

    Columns that are not in `names` are as the table says. Rows that break a rule of uniqueness are left out:
    `returning` names the columns that tell which ones are in.
    """

    def __init__(self, table: Table, names: Sequence[str], returning: Sequence[str]) -> None:
        self._table, self._names, self._returning = table, names, returning
        self._compiled: dict[str, str] = {}

    def execute(self, conn: Connection, rows: Sequence[Row]) -> list[Any]:
        """Carry it out; gives `returning` of the rows that are in, in no order."""
        if not rows:
            return []
        dialect = conn.dialect
        sql = self._compiled.get(dialect.name)
        if sql is None:
            sql = self._compiled[dialect.name] = self._compile(dialect)
        given = msgspec.json.encode(rows).decode()
        with cursor(conn, sql) as opened:
            opened.execute(sql, (given,))
            return list(opened.fetchall())

    def _compile(self, dialect: Dialect) -> str:
        fixed = {
            column.name: column.default.arg
            for column in self._table.columns
            if column.name not in self._names and isinstance(column.default, ScalarElementColumnDefault)
        }
        read, source = self._source(dialect)
        return (
            f"INSERT INTO {self._table.name} ({', '.join((*self._names, *fixed))}) "
            f"SELECT {', '.join((*read, *map(_literal, fixed.values())))} FROM {source} "
            f"ON CONFLICT DO NOTHING RETURNING {', '.join(self._returning)}"
        )

    def _source(self, dialect: Dialect) -> tuple[list[str], str]:
        """How each column is read, and from what."""
        if dialect.name == "postgresql":
            columns = (f"{name} {self._table.c[name].type.compile(dialect)}" for name in self._names)
            return list(self._names), f"json_to_recordset(%s) AS given({', '.join(columns)})"
        # SQLite takes ON for a join's unless a WHERE stands before it.
        return [f"json_extract(value, '$.{name}')" for name in self._names], "json_each(?) WHERE true"


def _literal(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return str(value)
