"""Refreshed inputs: every attempt that is held hears of it, and which revision it has is told."""

import pytest
from sqlalchemy import select

from stokehold.domain.errors import Invalid
from stokehold.domain.events import AbortAsked, RefreshAsked
from stokehold.domain.protocol import Phased, Refresh, Refreshed
from stokehold.domain.states import Phase
from stokehold.store import nodes, tasks
from stokehold.store.database import Database
from stokehold.store.schema import attempts
from tests.store.kitchen import Kitchen


@pytest.fixture
def kitchen(database: Database) -> Kitchen:
    return Kitchen(database)


def orders(kitchen: Kitchen) -> list[tuple[str, int]]:
    found = kitchen.database.read_now(nodes.commands, kitchen.node, 0)
    return [(order.token, order.revision) for order in found if isinstance(order, Refresh)]


def has(kitchen: Kitchen) -> list[tuple[int, str | None]]:
    query = select(attempts.c.inputs_revision, attempts.c.inputs_failure).order_by(attempts.c.id)
    return [tuple(row) for row in kitchen.database.read_now(lambda conn: conn.execute(query).all())]


def test_what_is_held_is_told_and_says_what_has_arrived(kitchen: Kitchen) -> None:
    task = kitchen.task(instance_count=3)
    one, two = (lease.token for lease in kitchen.lease(2))
    kitchen.record(Phased(one, Phase.EXECUTION, kitchen.now))
    kitchen.record(RefreshAsked(task.id))
    assert orders(kitchen) == [(one, 1), (two, 1)]
    kitchen.record(Refreshed(one, 1, kitchen.now), Refreshed(two, 1, kitchen.now, "no room"))
    assert (orders(kitchen), has(kitchen)) == ([], [(1, None), (0, "no room")])
    kitchen.lease(1)
    assert has(kitchen)[2] == (1, None), "who begins later begins with the newest"
    [first, *_] = kitchen.database.read_now(tasks.active, kitchen.again(task.uuid), 10)
    assert (first.inputs_revision, kitchen.again(task.uuid).inputs_revision) == (1, 1)


def test_a_newer_order_replaces_one_that_was_not_carried_out(kitchen: Kitchen) -> None:
    task = kitchen.task()
    [lease] = kitchen.lease(1)
    for _ in range(3):
        kitchen.record(RefreshAsked(task.id))
    assert orders(kitchen) == [(lease.token, 3)]
    kitchen.record(Refreshed(lease.token, 2, kitchen.now))
    assert (orders(kitchen), has(kitchen)) == ([(lease.token, 3)], [(2, None)])
    kitchen.record(Refreshed(lease.token, 3, kitchen.now))
    kitchen.record(Refreshed(lease.token, 2, kitchen.now, "late"))
    assert (orders(kitchen), has(kitchen)) == ([], [(3, None)])


def test_a_failure_says_nothing_of_the_revisions_before(kitchen: Kitchen) -> None:
    task = kitchen.task()
    [lease] = kitchen.lease(1)
    for _ in range(2):
        kitchen.record(RefreshAsked(task.id))
    kitchen.record(Refreshed(lease.token, 2, kitchen.now, "no room"))
    assert has(kitchen) == [(0, "no room")]


def test_a_failure_is_forgotten_with_the_next_arrival(kitchen: Kitchen) -> None:
    task = kitchen.task()
    [lease] = kitchen.lease(1)
    for reason in ("no room", ""):
        kitchen.record(RefreshAsked(task.id))
        revision = orders(kitchen)[0][1]
        kitchen.record(Refreshed(lease.token, revision, kitchen.now, reason))
    assert has(kitchen) == [(2, None)]


def test_what_nobody_holds_cannot_be_refreshed(kitchen: Kitchen) -> None:
    task = kitchen.task()
    with pytest.raises(Invalid, match="running"):
        kitchen.record(RefreshAsked(task.id))
    kitchen.lease(1)
    kitchen.record(AbortAsked(task.id))
    with pytest.raises(Invalid, match="running"):
        kitchen.record(RefreshAsked(task.id))
    assert kitchen.again(task.uuid).inputs_revision == 0
