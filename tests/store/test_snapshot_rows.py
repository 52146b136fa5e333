"""Snapshots from the call to their end, through the store's own doors, on both databases."""

import pytest

from stokehold.domain.errors import Forbidden
from stokehold.domain.events import AbortAsked, DeleteAsked, NodeLost
from stokehold.domain.protocol import Ended, Snapshot
from stokehold.domain.snapshot import Config, SnapshotState
from stokehold.store import purge, snapshots
from stokehold.store.database import Database
from stokehold.store.schema import actions
from stokehold.store.snapshot_schema import snapshot_parts
from stokehold.store.snapshot_schema import snapshots as snapshots_table
from tests.store.audit import audit
from tests.store.kitchen import Kitchen
from tests.store.shots import ask, column, newest, orders, rows, running, saved
from tests.store.statements import statements


@pytest.fixture
def kitchen(database: Database) -> Kitchen:
    return Kitchen(database)


def test_a_snapshot_orders_every_running_instance_and_follows_them_to_the_end(kitchen: Kitchen) -> None:
    task, tokens = running(kitchen)
    made = ask(kitchen, task, Config("w", None, "out", "p/"))
    assert made.name == f"snap_{task.uuid}_20260105100032"
    assert (made.state, made.size, made.updated_at) == (SnapshotState.TRIGGERED, None, None)
    told = orders(kitchen)
    assert [(o.token, o.target, o.whitelist, o.blacklist) for o in told] == [
        (token, "out/p/", "w", "") for token in tokens
    ]
    of = told[0].snapshot
    saved(kitchen, tokens[0], of, size=10)
    assert (newest(kitchen, task).state, newest(kitchen, task).size) == (SnapshotState.IN_PROGRESS, 10)
    saved(kitchen, tokens[0], of, size=10, sent=10, files=1, keys=["p/a"], over=True)
    saved(kitchen, tokens[1], of, size=5, sent=5, files=2, left=1, keys=["p/b", "p/c"], over=True)
    done = newest(kitchen, task)
    assert (done.state, done.size, done.sent, done.files, done.files_left) == (
        SnapshotState.SUCCESS,
        15,
        15,
        3,
        1,
    )
    assert done.results == ["p/a", "p/b", "p/c"]
    assert kitchen.database.read_now(snapshots.results, task.id) == ("out", ["p/a", "p/b", "p/c"])
    assert (kitchen.again(task.uuid).results_count, column(kitchen, task, "snapshots_open")) == (1, 0)
    assert (orders(kitchen), rows(kitchen, snapshot_parts)) == ([], 0)
    kitchen.database.read_now(audit)


def test_an_order_is_repeated_until_it_is_seen_and_kept_for_a_runner_that_starts_again(
    kitchen: Kitchen,
) -> None:
    task, _ = running(kitchen, 1)
    ask(kitchen, task)
    [order] = orders(kitchen)
    assert isinstance(order, Snapshot)
    assert orders(kitchen, after=order.id) == []
    assert orders(kitchen) == [order]


def test_reports_that_come_twice_late_or_from_elsewhere_change_nothing(kitchen: Kitchen) -> None:
    task, tokens = running(kitchen, 1)
    ask(kitchen, task)
    of = orders(kitchen)[0].snapshot
    saved(kitchen, tokens[0], of + 7, over=True)
    saved(kitchen, "99.nobody", of, over=True)
    assert newest(kitchen, task).state is SnapshotState.TRIGGERED
    for _ in range(2):
        saved(kitchen, tokens[0], of, size=3, sent=3, files=1, over=True)
    assert (newest(kitchen, task).size, kitchen.again(task.uuid).results_count) == (3, 1)


def test_an_instance_that_ends_meanwhile_has_stored_its_final_results(kitchen: Kitchen) -> None:
    task, tokens = running(kitchen)
    ask(kitchen, task)
    kitchen.end(tokens[0])
    saved(kitchen, tokens[1], orders(kitchen)[0].snapshot, over=True)
    assert newest(kitchen, task).state is SnapshotState.SUCCESS
    kitchen.end(tokens[1])
    kitchen.database.read_now(audit)


def test_a_lost_node_fails_the_snapshot_and_says_so(kitchen: Kitchen) -> None:
    task, tokens = running(kitchen)
    ask(kitchen, task)
    saved(kitchen, tokens[1], orders(kitchen)[0].snapshot, files=1, over=True)
    kitchen.record(NodeLost(kitchen.node))
    made = newest(kitchen, task)
    assert (made.state, made.failure) == (
        SnapshotState.FAILURE,
        "instance 0: its node was lost, or gave it back, before its files were stored",
    )
    assert kitchen.again(task.uuid).results_count == 1, "what was stored counts"
    kitchen.database.read_now(audit)


def test_an_abort_fails_the_snapshot(kitchen: Kitchen) -> None:
    task, tokens = running(kitchen, 1)
    ask(kitchen, task)
    kitchen.record(AbortAsked(task.id))
    kitchen.record(Ended(tokens[0], kitchen.now, stopped=True))
    assert "it was stopped" in str(newest(kitchen, task).failure)
    assert kitchen.again(task.uuid).results_count == 0


def test_two_at_once_go_their_own_ways(kitchen: Kitchen) -> None:
    task, [token] = running(kitchen, 1)
    first, second = ask(kitchen, task), ask(kitchen, task)
    assert second.name == f"{first.name}_0001"
    one, two = (order.snapshot for order in orders(kitchen))
    saved(kitchen, token, two, files=1, over=True)
    found = kitchen.database.read_now(snapshots.find, task.id, first.name)
    assert found is not None
    assert (found.state, newest(kitchen, task).state) == (SnapshotState.TRIGGERED, SnapshotState.SUCCESS)
    saved(kitchen, token, one, over=True)
    assert (kitchen.again(task.uuid).results_count, column(kitchen, task, "snapshots_open")) == (2, 0)


def test_without_a_running_instance_there_is_none(kitchen: Kitchen) -> None:
    task = kitchen.task(result_bucket="out")
    with pytest.raises(Forbidden, match="no instance of the task is running"):
        ask(kitchen, task)
    assert rows(kitchen, snapshots_table) == 0


def test_only_the_last_finished_periodic_snapshot_is_kept(kitchen: Kitchen) -> None:
    task, [token] = running(kitchen, 1)
    ask(kitchen, task)
    for _ in range(4):
        ask(kitchen, task, periodic=True)
        for order in orders(kitchen):
            saved(kitchen, token, order.snapshot, files=1, over=True)
    assert rows(kitchen, snapshots_table) == 3  # the one that was asked for, the one before, and the last
    assert rows(kitchen, actions) == 0


def test_a_deleted_task_takes_its_snapshots_along(kitchen: Kitchen) -> None:
    task, [token] = running(kitchen, 1)
    ask(kitchen, task)
    kitchen.record(DeleteAsked(task.id))
    kitchen.end(token, stopped=True)
    while kitchen.database.write_now(purge.purge):
        pass
    assert (rows(kitchen, snapshots_table), rows(kitchen, snapshot_parts)) == (0, 0)


def test_ends_cost_no_statement_more_while_no_snapshot_goes_on(kitchen: Kitchen) -> None:
    _, tokens = running(kitchen, 4)
    with statements(kitchen.database) as one:
        kitchen.end(tokens[0])
    assert not [text for text in one if "snapshot_parts" in text or "FROM snapshots" in text]
