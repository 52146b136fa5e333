import pytest

from stokehold.store import tasks
from stokehold.store.database import Connection, Database
from stokehold.store.orders import ORDERS, Order
from tests.store.kitchen import Kitchen


@pytest.fixture
def kitchen(database: Database) -> Kitchen:
    return Kitchen(database)


def paged(kitchen: Kitchen, order: Order, size: int) -> list[str]:
    """The names of all tasks, read page by page."""

    def page(conn: Connection, place: list[object] | None) -> list[tasks.Task]:
        where = tasks.owned(kitchen.account)
        if place:
            where = where & order.after(conn, place)
        return tasks.page(conn, where, size, order.sql(conn))

    found: list[str] = []
    place = None
    while rows := kitchen.database.read_now(page, place):
        found += [row.name for row in rows]
        place = order.place(rows[-1])
    return found


@pytest.mark.parametrize("by", ORDERS)
@pytest.mark.parametrize("descending", [True, False])
def test_pages_hold_every_task_once_whatever_the_order(kitchen: Kitchen, by: str, descending: bool) -> None:
    for name in ("b", "a", "B", "a b", "ab", "b", "é"):
        kitchen.task(name=name)
    everything = paged(kitchen, Order(by, descending), 100)
    assert paged(kitchen, Order(by, descending), 2) == everything
    assert len(everything) == 7


def test_names_are_in_the_order_of_their_bytes(kitchen: Kitchen) -> None:
    for name in ("b", "a b", "B", "ab", "é"):
        kitchen.task(name=name)
    assert paged(kitchen, Order("name", False), 2) == ["B", "a b", "ab", "b", "é"]


def test_the_newest_is_first_unless_asked_otherwise(kitchen: Kitchen) -> None:
    for name in "abc":
        kitchen.task(name=name)
    assert paged(kitchen, Order(), 2) == ["c", "b", "a"]
    assert paged(kitchen, Order(descending=False), 2) == ["a", "b", "c"]
