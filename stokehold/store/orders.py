"""The orders of lists of tasks, and places in them (api.md 1.9)."""

from collections.abc import Callable, Sequence
from typing import Any

from msgspec import Struct
from sqlalchemy import ColumnElement, literal, tuple_

from stokehold.store.schema import NAME_HEAD, tasks
from stokehold.store.tasks import Task

#: What each order goes by before the moment of creation, by its name in lower case.
ORDERS: dict[str, tuple[ColumnElement[Any], ...]] = {
    "creationdate": (),
    "executiontime": (tasks.c.execution_us,),
    "name": (tasks.c.name_head,),
    "state": (tasks.c.state,),
}
_VALUES: dict[str, Callable[[Task], Any]] = {
    "executiontime": lambda task: task.execution_us,
    "name": lambda task: task.name[:NAME_HEAD],
    "state": lambda task: task.state,
}


class Order(Struct, frozen=True):
    """The order of a list, which never has two tasks in one place.

    A task keeps its place in the orders by creation and by name: pages in them hold what outlives the reading exactly
    once. In the others it moves when its state or its times change.
    """

    by: str = "creationdate"
    descending: bool = True

    @property
    def columns(self) -> tuple[ColumnElement[Any], ...]:
        return (*ORDERS[self.by], tasks.c.created_at, tasks.c.id)

    def sql(self) -> list[ColumnElement[Any]]:
        return [column.desc() if self.descending else column.asc() for column in self.columns]

    def place(self, task: Task) -> list[Any]:
        """Where a task is in the list: what `after` takes."""
        first = [_VALUES[self.by](task)] if ORDERS[self.by] else []
        return [*first, task.created_at, task.id]

    def after(self, place: Sequence[Any]) -> ColumnElement[bool]:
        """The tasks that come after a place; a comparison of rows, which an index can answer."""
        columns = self.columns
        values = tuple_(*(literal(value, column.type) for column, value in zip(columns, place, strict=True)))
        after: ColumnElement[bool] = (
            tuple_(*columns) < values if self.descending else tuple_(*columns) > values
        )
        return after
