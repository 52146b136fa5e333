"""The orders of lists of tasks, and places in them (api.md 1.9)."""

from collections.abc import Callable, Sequence
from typing import Any

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, and_, or_

from stokehold.store.schema import tasks
from stokehold.store.tasks import Task

#: The orders of lists, by their names in lower case.
ORDERS: dict[str, Callable[[str], ColumnElement[Any]]] = {
    "creationdate": lambda _: tasks.c.id,
    "executiontime": lambda _: tasks.c.execution_us,
    "name": lambda dialect: _bytewise(tasks.c.name, dialect),
    "state": lambda dialect: _bytewise(tasks.c.state, dialect),
}
_VALUES: dict[str, Callable[[Task], Any]] = {
    "creationdate": lambda task: task.id,
    "executiontime": lambda task: task.execution_us,
    "name": lambda task: task.name,
    "state": lambda task: task.state,
}


class Order(Struct, frozen=True):
    """The order of a list, which never has two tasks in one place."""

    by: str = "creationdate"
    descending: bool = True

    def sql(self, conn: Connection) -> list[ColumnElement[Any]]:
        columns = (ORDERS[self.by](conn.dialect.name), tasks.c.id)
        return [c.desc() for c in columns] if self.descending else [c.asc() for c in columns]

    def place(self, task: Task) -> list[Any]:
        """Where a task is in the list: what `after` takes."""
        return [_VALUES[self.by](task), task.id]

    def after(self, conn: Connection, place: Sequence[Any]) -> ColumnElement[bool]:
        """The tasks that come after a place."""
        column = ORDERS[self.by](conn.dialect.name)
        value, task_id = place
        beyond = column < value if self.descending else column > value
        same = and_(column == value, tasks.c.id < task_id if self.descending else tasks.c.id > task_id)
        return or_(beyond, same)


def _bytewise(column: ColumnElement[str], dialect: str) -> ColumnElement[Any]:
    """Text in the order of its bytes, whatever the language of the database."""
    return column.collate("C") if dialect == "postgresql" else column
