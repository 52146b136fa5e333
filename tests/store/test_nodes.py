from typing import Any

import pytest
from sqlalchemy import select

from stokehold.domain.errors import Failure, Faults
from stokehold.domain.events import AbortAsked, NodeLost
from stokehold.domain.protocol import (
    Ended,
    Inventory,
    Measured,
    Phased,
    Printed,
    Produced,
    Report,
    Sample,
    Sync,
)
from stokehold.domain.states import Phase
from stokehold.store import nodes, outputs, tasks
from stokehold.store.database import Connection, Database
from stokehold.store.outputs import Source
from stokehold.store.schema import actions
from stokehold.store.schema import nodes as table
from tests.store.audit import audit
from tests.store.kitchen import START, Kitchen
from tests.store.statements import statements

OVEN = Inventory("oven", cores=8, memory_mb=32768, slots=2)


@pytest.fixture
def kitchen(database: Database) -> Kitchen:
    return Kitchen(database)


def take(kitchen: Kitchen, seq: int, *reports: Report) -> int:
    return kitchen.database.write_now(nodes.take_reports, kitchen.node, seq, list(reports), kitchen.now)


def test_a_call_tells_reports_and_samples_and_how_much_output_is_kept(kitchen: Kitchen) -> None:
    task = kitchen.task()
    token = kitchen.lease(1)[0].token
    begun = Phased(token, Phase.EXECUTION, 1)
    pieces = [Printed(token, 1, 1000 * n, b"x" * 999 + b"\n") for n in range(20)]
    sync = Sync("oven", "s1", 1, [begun, *pieces], measured=Measured(5, [Sample(token, 1.5)]))
    assert kitchen.database.write_now(nodes.hear, kitchen.node, sync, kitchen.now, 4000) == 21
    [attempt] = kitchen.database.read_now(tasks.active, kitchen.again(task.uuid), 10)
    assert attempt.sample == Sample("", 1.5)
    assert 4000 - 1000 <= len(kitchen.database.read_now(outputs.whole, Source(task.id, 1, 0))) <= 5000


def printed(kitchen: Kitchen, task_id: int) -> bytes:
    return kitchen.database.read_now(outputs.whole, Source(task_id, 1))


def stops(kitchen: Kitchen, after: int = 0) -> list[Any]:
    return kitchen.database.read_now(nodes.commands, kitchen.node, after)


def test_a_node_keeps_its_id_through_its_sessions(kitchen: Kitchen) -> None:
    write, read = kitchen.database.write_now, kitchen.database.read_now
    assert write(nodes.introduce, "oven", "s2", OVEN, START) == kitchen.node
    assert write(nodes.introduce, "grill", "s1", OVEN, START) != kitchen.node
    assert read(nodes.find, "oven") == (kitchen.node, "s2", False)
    assert read(nodes.find, "spit") is None


def test_numbering_goes_on_through_sessions(kitchen: Kitchen) -> None:
    """The outbox of a runner outlives it, and so do its numbers."""
    kitchen.task()
    take(kitchen, 1, Phased(kitchen.lease(1)[0].token, Phase.DOWNLOAD, 1))
    kitchen.database.write_now(nodes.introduce, "oven", "s2", OVEN, START)
    row = kitchen.database.read_now(lambda conn: conn.execute(select(table.c.report_seq)).scalar())
    assert row == 1


def test_a_lost_node_is_not_present_until_it_introduces_itself(kitchen: Kitchen) -> None:
    read = kitchen.database.read_now
    assert read(nodes.present) == [kitchen.node]
    kitchen.record(NodeLost(kitchen.node))
    assert (read(nodes.present), read(nodes.runners)) == ([], [])
    assert read(nodes.find, "oven") == (kitchen.node, "s1", True)
    assert read(nodes.here, kitchen.node) is None
    kitchen.database.write_now(nodes.introduce, "oven", "s2", OVEN, START)
    assert read(nodes.present) == [kitchen.node]
    assert read(nodes.runners) == [("oven", OVEN)]


def test_reports_taken_before_are_skipped(kitchen: Kitchen) -> None:
    task = kitchen.task(instance_count=2)
    one, two = (lease.token for lease in kitchen.lease(2))
    first: list[Report] = [Phased(one, Phase.EXECUTION, 1), Printed(one, 1, 0, b"a\n")]
    assert take(kitchen, 1, *first) == 2
    assert take(kitchen, 1, *first) == 2
    assert take(kitchen, 2, first[1], Printed(two, 1, 0, b"b\n"), Ended(one, 2)) == 4
    assert take(kitchen, 3, Printed(two, 1, 0, b"b\n")) == 4
    assert printed(kitchen, task.id) == b"0> a\n1> b\n"
    assert kitchen.again(task.uuid).succeeded == 1
    assert take(kitchen, 5) == 4
    kitchen.database.read_now(audit)


def test_the_last_output_is_there_when_the_end_is(kitchen: Kitchen) -> None:
    """Output and end of one batch are one transaction: whoever sees the one sees the other."""
    task = kitchen.task()
    token = kitchen.lease(1)[0].token
    seen: list[tuple[str, bytes]] = []

    def look_then_fail(conn: Connection) -> None:
        nodes.take_reports(conn, kitchen.node, 1, [Printed(token, 1, 0, b"x"), Ended(token, 1)], 1)
        seen.append((kitchen.again(task.uuid).state, printed(kitchen, task.id)))
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        kitchen.database.write_now(look_then_fail)
    assert seen == [("FullyDispatched", b"")]
    assert (kitchen.again(task.uuid).state, printed(kitchen, task.id)) == ("FullyDispatched", b"")
    take(kitchen, 1, Printed(token, 1, 0, b"x"), Ended(token, 1))
    assert (kitchen.again(task.uuid).state, printed(kitchen, task.id)) == ("Success", b"0> x")


def test_output_under_a_token_that_is_no_longer_current_is_dropped(kitchen: Kitchen) -> None:
    task = kitchen.task()
    token = kitchen.lease(1)[0].token
    take(kitchen, 1, Ended(token, 1))
    take(kitchen, 2, Printed(token, 1, 0, b"late"), Produced(token, [("a", 1)]), Printed("x", 1, 0, b"never"))
    assert printed(kitchen, task.id) == b""


def test_a_batch_costs_a_handful_of_statements(kitchen: Kitchen) -> None:
    kitchen.task(instance_count=60)
    reports: list[Report] = []
    for lease in kitchen.lease(60):
        reports += [Printed(lease.token, 1, 0, b"x"), Ended(lease.token, 1)]
    with statements(kitchen.database) as sent:
        take(kitchen, 1, *reports)
    assert len(sent) <= 9


def test_a_restarted_runner_gives_back_what_it_does_not_hold(kitchen: Kitchen) -> None:
    task = kitchen.task(instance_count=3)
    _, begun, held = (lease.token for lease in kitchen.lease(3))
    take(kitchen, 1, Phased(begun, Phase.EXECUTION, 1), Phased(held, Phase.EXECUTION, 1))
    orders = kitchen.database.write_now(nodes.reconcile, kitchen.node, [held], kitchen.now)
    assert orders == []
    now = kitchen.again(task.uuid)
    assert (now.ready_range, now.executing) == ("0-1", 1)
    assert [(lease.instance_id, lease.attempt) for lease in kitchen.lease(3)] == [(0, 1), (1, 2)]
    kitchen.database.read_now(audit)


def test_a_runner_is_told_to_stop_what_is_not_its_own_any_more(kitchen: Kitchen) -> None:
    kitchen.task()
    token = kitchen.lease(1)[0].token
    kitchen.record(NodeLost(kitchen.node))
    orders = kitchen.database.write_now(nodes.reconcile, kitchen.node, [token, "x"], kitchen.now)
    assert [order.token for order in orders] == [token, "x"]


def test_a_node_is_told_once_to_stop_each_attempt(kitchen: Kitchen) -> None:
    task = kitchen.task(instance_count=3)
    tokens = [lease.token for lease in kitchen.lease(2)]
    kitchen.record(AbortAsked(task.id))
    kitchen.record(AbortAsked(task.id))
    told = stops(kitchen)
    assert [stop.token for stop in told] == tokens
    assert stops(kitchen, told[0].id) == told[1:]
    assert stops(kitchen, told[-1].id) == []


def test_the_end_of_an_attempt_makes_its_stop_void(kitchen: Kitchen) -> None:
    task = kitchen.task(instance_count=2)
    one, two = (lease.token for lease in kitchen.lease(2))
    kitchen.record(AbortAsked(task.id))
    failure = Failure.of(Faults.KILLED, signal=15)
    take(kitchen, 1, Ended(one, 1, failure=failure, stopped=True))
    assert [stop.token for stop in stops(kitchen)] == [two]
    kitchen.database.write_now(nodes.reconcile, kitchen.node, [two], kitchen.now)
    left = kitchen.database.read_now(lambda conn: len(conn.execute(select(actions.c.id)).all()))
    assert left == 1
