from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from stokehold.domain.events import AbortAsked, DeleteAsked
from stokehold.store import purge, tasks
from stokehold.store.database import Connection, Database
from stokehold.store.orders import ORDERS, Order
from stokehold.store.schema import NAME_HEAD
from stokehold.store.schema import tasks as table
from tests.store.kitchen import Kitchen


@pytest.fixture
def kitchen(database: Database) -> Kitchen:
    return Kitchen(database)


def nothing(_page: int) -> None:
    """Nobody else does anything."""


def paged(
    kitchen: Kitchen, order: Order, size: int, between: Callable[[int], None] = nothing
) -> list[tasks.Task]:
    """All tasks, read page by page; something happens `between` the pages."""

    def page(conn: Connection, place: list[object] | None) -> list[tasks.Task]:
        where = tasks.owned(kitchen.account)
        if place:
            where = where & order.after(place)
        return tasks.page(conn, where, size, order.sql())

    found: list[tasks.Task] = []
    place, number = None, 0
    while rows := kitchen.database.read_now(page, place):
        found += rows
        place = order.place(rows[-1])
        number += 1
        between(number)
    return found


def names(kitchen: Kitchen, order: Order, size: int) -> list[str]:
    return [task.name for task in paged(kitchen, order, size)]


@pytest.mark.parametrize("by", ORDERS)
@pytest.mark.parametrize("descending", [True, False])
def test_pages_hold_every_task_once_whatever_the_order(kitchen: Kitchen, by: str, descending: bool) -> None:
    for name in ("b", "a", "B", "a b", "ab", "b", "é", "x" * 500, "x" * 300):
        kitchen.task(name=name)
    everything = names(kitchen, Order(by, descending), 100)
    assert names(kitchen, Order(by, descending), 2) == everything
    assert len(everything) == 9


def test_names_are_in_the_order_of_their_bytes(kitchen: Kitchen) -> None:
    for name in ("b", "a b", "B", "ab", "é"):
        kitchen.task(name=name)
    assert names(kitchen, Order("name", False), 2) == ["B", "a b", "ab", "b", "é"]


def test_long_names_that_begin_alike_are_in_the_order_of_creation(kitchen: Kitchen) -> None:
    long = "x" * NAME_HEAD
    for name in (long + "b", long + "a", long):
        kitchen.task(name=name)
    assert names(kitchen, Order("name", False), 1) == [long + "b", long + "a", long]


def test_the_newest_is_first_unless_asked_otherwise(kitchen: Kitchen) -> None:
    for name in "abc":
        kitchen.task(name=name)
    assert names(kitchen, Order(), 2) == ["c", "b", "a"]
    assert names(kitchen, Order(descending=False), 2) == ["a", "b", "c"]


def test_a_clock_that_was_set_back_changes_no_place(kitchen: Kitchen) -> None:
    for name in "ab":
        kitchen.task(name=name)
    kitchen.now -= 10_000_000
    kitchen.task(name="c")
    assert names(kitchen, Order(), 1) == ["b", "a", "c"]


CHANGES = st.lists(
    st.lists(st.tuples(st.sampled_from(["new", "delete", "abort", "run"]), st.integers(0, 30)), max_size=4),
    max_size=8,
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    by=st.sampled_from(["creationdate", "name"]),
    descending=st.booleans(),
    size=st.integers(1, 5),
    changes=CHANGES,
)
def test_a_task_that_outlives_the_reading_is_seen_exactly_once(
    kitchen: Kitchen, by: str, descending: bool, size: int, changes: list[list[tuple[str, int]]]
) -> None:
    for number in range(12):
        kitchen.task(name=f"{number * 7 % 5}", instance_count=2)
    before = existing(kitchen)

    def between(page: int) -> None:
        for what, which in changes[page - 1] if page <= len(changes) else ():
            change(kitchen, what, which)

    found = [task.uuid for task in paged(kitchen, Order(by, descending), size, between)]
    assert len(found) == len(set(found))
    assert before & existing(kitchen) <= set(found)


def existing(kitchen: Kitchen) -> set[str]:
    query = select(table.c.uuid).where(table.c.account_id == kitchen.account)
    return set(kitchen.database.read_now(lambda conn: conn.execute(query).scalars().all()))


def change(kitchen: Kitchen, what: str, which: int) -> None:
    """Something that happens to tasks while somebody reads them."""
    if what == "new":
        kitchen.task(name=f"{which % 5}", tags=["x"])
        return
    if what == "run":
        for lease in kitchen.lease(2):
            kitchen.end(lease.token, execution_us=which * 1000)
        return
    uuids = sorted(existing(kitchen))
    task = kitchen.again(uuids[which % len(uuids)])
    if what == "abort" and task.ended < task.total:
        kitchen.record(AbortAsked(task.id))
    elif what == "delete":
        kitchen.record(DeleteAsked(task.id))
        while kitchen.database.write_now(purge.purge):
            pass
