"""Periodic snapshots: fired when they are due, and only then."""

import pytest

from stokehold.domain.snapshot import Config, SnapshotState
from stokehold.store import snapshots
from stokehold.store.database import Database
from stokehold.store.snapshot_schema import snapshots as snapshots_table
from tests.store.kitchen import START, Kitchen
from tests.store.shots import ask, orders, rows, running, saved


@pytest.fixture
def kitchen(database: Database) -> Kitchen:
    return Kitchen(database)


def test_periodic_snapshots_are_fired_when_due_and_leave_out_a_beat_while_one_goes_on(
    kitchen: Kitchen,
) -> None:
    database = kitchen.database
    task, [token] = running(kitchen, 1)
    database.write_now(snapshots.schedule, task.id, 10, Config(), START + 10_000_000)
    assert database.read_now(snapshots.next_due) == START + 10_000_000
    assert database.write_now(snapshots.fire, START + 9_999_999) == 0
    assert database.write_now(snapshots.fire, START + 10_000_000) == 1
    assert database.read_now(snapshots.next_due) == START + 20_000_000
    assert database.write_now(snapshots.fire, START + 20_000_001) == 1
    assert rows(kitchen, snapshots_table) == 1, "the first still goes on"
    saved(kitchen, token, orders(kitchen)[0].snapshot, over=True)
    assert database.write_now(snapshots.fire, START + 95_000_000) == 1
    assert (rows(kitchen, snapshots_table), database.read_now(snapshots.next_due)) == (2, START + 100_000_000)
    kitchen.end(token)
    assert database.write_now(snapshots.fire, START + 100_000_000) == 1
    assert database.read_now(snapshots.next_due) is None, "a task that is over has no beats"


def test_a_list_has_the_newest_first_and_no_more_than_asked_for(kitchen: Kitchen) -> None:
    task, [token] = running(kitchen, 1)
    for second in range(3):
        kitchen.now = START + second * 1_000_000
        ask(kitchen, task, periodic=second == 2)
        saved(kitchen, token, orders(kitchen)[-1].snapshot, files=1, keys=["a"], over=True)
    listed = kitchen.database.read_now(snapshots.of_task, task.id, 2)
    at = START + 2_000_000
    assert [(one.triggered_at, one.periodic) for one in listed] == [(at, True), (at - 1_000_000, False)]
    assert {(one.state, one.files, tuple(one.results)) for one in listed} == {(SnapshotState.SUCCESS, 1, ())}
    assert kitchen.database.read_now(snapshots.of_task, task.id + 1, 2) == []


def test_a_beat_of_a_task_that_waits_is_left_out(kitchen: Kitchen) -> None:
    task = kitchen.task(result_bucket="out")
    kitchen.database.write_now(snapshots.schedule, task.id, 10, Config(), START)
    assert kitchen.database.write_now(snapshots.fire, START + 1) == 1
    assert rows(kitchen, snapshots_table) == 0


def test_a_clock_that_was_put_back_does_not_stop_the_beats(kitchen: Kitchen) -> None:
    task, _ = running(kitchen, 1)
    kitchen.database.write_now(snapshots.schedule, task.id, 10, Config(), START + 3600_000_000)
    kitchen.database.write_now(snapshots.reset, START)
    assert kitchen.database.read_now(snapshots.next_due) == START
