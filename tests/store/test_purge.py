from typing import Any

import pytest
from sqlalchemy import func, insert, select

from stokehold.domain.events import DeleteAsked
from stokehold.domain.protocol import Ended, Printed
from stokehold.store import nodes, outputs, purge
from stokehold.store.database import Connection, Database
from stokehold.store.schema import actions, attempts, cursors, journal, labels, tags, tasks
from stokehold.store.schema import outputs as outputs_table
from tests.store.kitchen import Kitchen


@pytest.fixture
def kitchen(database: Database) -> Kitchen:
    return Kitchen(database)


def rows(kitchen: Kitchen) -> dict[str, int]:
    """How many rows each table has, of those that a task fills."""
    tables: list[Any] = [tasks, attempts, journal, outputs_table, cursors, tags, labels, actions]

    def count(conn: Connection) -> dict[str, int]:
        return {t.name: conn.execute(select(func.count()).select_from(t)).scalar_one() for t in tables}

    return {name: n for name, n in kitchen.database.read_now(count).items() if n}


def forget(kitchen: Kitchen) -> int:
    """Purge until there is nothing to do; returns in how many pieces."""
    pieces = 0
    while kitchen.database.write_now(purge.purge):
        pieces += 1
    return pieces


def busy(kitchen: Kitchen) -> tuple[Any, list[str]]:
    """A task with something in every table."""
    task = kitchen.task(instance_count=3, tags=["t"], labels={"team": "red"})
    tokens = [lease.token for lease in kitchen.lease(2)]
    reports = [Printed(tokens[0], 1, 0, b"x")]
    kitchen.database.write_now(nodes.take_reports, kitchen.node, 1, reports, kitchen.now)
    kitchen.database.write_now(outputs.fresh, outputs.Source(task.id, 1))
    return task, tokens


def test_nothing_of_a_deleted_task_is_left(kitchen: Kitchen) -> None:
    task, tokens = busy(kitchen)
    kitchen.record(*(Ended(token, kitchen.now) for token in tokens))
    kitchen.record(DeleteAsked(task.id))
    assert forget(kitchen) == 1
    assert rows(kitchen) == {}


def test_a_task_that_still_runs_is_left_until_it_does_not(kitchen: Kitchen) -> None:
    task, tokens = busy(kitchen)
    kitchen.record(DeleteAsked(task.id))
    before = rows(kitchen)
    assert before["actions"] == 2
    assert forget(kitchen) == 0
    assert rows(kitchen) == before
    kitchen.record(*(Ended(token, kitchen.now, stopped=True) for token in tokens))
    assert forget(kitchen) == 1
    assert rows(kitchen) == {}


def test_other_tasks_stay_as_they_are(kitchen: Kitchen) -> None:
    kept, _ = busy(kitchen)
    before = rows(kitchen)
    gone = kitchen.task(tags=["t"], labels={"team": "red"})
    kitchen.record(DeleteAsked(gone.id))
    forget(kitchen)
    assert rows(kitchen) == before
    assert kitchen.again(kept.uuid).dispatched == 2


def test_late_reports_on_a_purged_task_change_nothing(kitchen: Kitchen) -> None:
    task, tokens = busy(kitchen)
    kitchen.record(*(Ended(token, kitchen.now) for token in tokens))
    kitchen.record(DeleteAsked(task.id))
    forget(kitchen)
    kitchen.record(*(Ended(token, kitchen.now) for token in tokens))
    assert rows(kitchen) == {}


def test_a_large_task_goes_in_pieces(kitchen: Kitchen) -> None:
    task = kitchen.task()
    many = [
        {"task_id": task.id, "instance_id": 0, "attempt": 1, "stream": 1, "position": n, "data": b"x"}
        for n in range(2 * purge.PIECE + 1)
    ]
    kitchen.database.write_now(lambda conn: conn.execute(insert(outputs_table), many))
    kitchen.record(DeleteAsked(task.id))
    assert forget(kitchen) == 3
    assert rows(kitchen) == {}


def test_two_deleted_tasks_go_one_after_the_other(kitchen: Kitchen) -> None:
    for _ in range(2):
        kitchen.record(DeleteAsked(kitchen.task().id))
    assert forget(kitchen) == 2
    assert rows(kitchen) == {}
