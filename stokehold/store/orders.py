"""The orders of lists of tasks and jobs, and places in them (api.md 1.9)."""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct
from sqlalchemy import ColumnElement, Table, literal, tuple_

from stokehold.store.jobs import Job
from stokehold.store.schema import NAME_HEAD, tasks
from stokehold.store.tasks import Task

#: The column that each order goes by before the moment of creation, by its name in lower case.
ORDERS = {"creationdate": "", "executiontime": "execution_us", "name": "name_head", "state": "state"}


class Order(Struct, frozen=True):
    """The order of a list, which never has two in one place. Of tasks, unless `table` is another.

    A task keeps its place in the orders by creation and by name: pages in them hold what outlives the reading exactly
    once. In the others it moves when its state or its times change.
    """

    by: str = "creationdate"
    descending: bool = True

    def sql(self, table: Table = tasks) -> list[ColumnElement[Any]]:
        return [c.desc() if self.descending else c.asc() for c in self.columns(table)]

    def place(self, one: Task | Job) -> list[Any]:
        """Where a task or a job is in this order."""
        return [*self._first(one), one.created_at, one.id]

    def after(self, place: Sequence[Any], table: Table = tasks) -> ColumnElement[bool]:
        """Those that come after a place; a comparison of rows, which an index can answer."""
        columns = self.columns(table)
        values = tuple_(*(literal(value, column.type) for column, value in zip(columns, place, strict=True)))
        after: ColumnElement[bool] = (
            tuple_(*columns) < values if self.descending else tuple_(*columns) > values
        )
        return after

    def columns(self, table: Table = tasks) -> list[ColumnElement[Any]]:
        """What it compares, one after the other."""
        name = ORDERS[self.by]
        first = [table.c[name if name in table.c else self.by]] if name else []
        return [*first, table.c.created_at, table.c.id]

    def _first(self, one: Task | Job) -> list[Any]:
        if self.by == "name" and isinstance(one, Task):
            return [one.name[:NAME_HEAD]]
        return (
            [getattr(one, ORDERS[self.by] if self.by == "executiontime" else self.by)]
            if ORDERS[self.by]
            else []
        )
