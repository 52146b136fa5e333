"""The orders of lists of tasks and jobs, and places in them (api.md 1.9)."""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, Table, and_, or_

from stokehold.store.jobs import Job
from stokehold.store.schema import tasks
from stokehold.store.tasks import Task

#: The columns of the orders of lists, by the names of these in lower case.
ORDERS = {"creationdate": "id", "executiontime": "execution_us", "name": "name", "state": "state"}


class Order(Struct, frozen=True):
    """The order of a list, which never has two in one place. Of tasks, unless `table` is another."""

    by: str = "creationdate"
    descending: bool = True

    def sql(self, conn: Connection, table: Table = tasks) -> list[ColumnElement[Any]]:
        columns = (self._column(conn, table), table.c.id)
        return [c.desc() for c in columns] if self.descending else [c.asc() for c in columns]

    def place(self, one: Task | Job) -> list[Any]:
        """Where a task is in the list: what `after` takes."""
        return [getattr(one, ORDERS[self.by]), one.id]

    def after(self, conn: Connection, place: Sequence[Any], table: Table = tasks) -> ColumnElement[bool]:
        """The tasks that come after a place."""
        column = self._column(conn, table)
        value, row_id = place
        beyond = column < value if self.descending else column > value
        same = and_(column == value, table.c.id < row_id if self.descending else table.c.id > row_id)
        return or_(beyond, same)

    def _column(self, conn: Connection, table: Table) -> ColumnElement[Any]:
        """Text is in the order of its bytes, whatever the language of the database."""
        column = table.c[ORDERS[self.by]]
        bytewise = self.by in {"name", "state"} and conn.dialect.name == "postgresql"
        return column.collate("C") if bytewise else column
