"""Preemption through the store's own doors: who is chosen, and what becomes of them."""

from typing import Any

import pytest
from sqlalchemy import select

from stokehold.domain.errors import Failure, Faults
from stokehold.domain.events import AbortAsked, NodeLost, Preempted
from stokehold.domain.preempt import PATIENCE_US
from stokehold.domain.protocol import Ended, Lost, Phased
from stokehold.domain.quota import UNLIMITED, Quota, Quotas
from stokehold.domain.states import Phase
from stokehold.domain.task import RetrySettings, Scheduling
from stokehold.store import nodes, preemptions
from stokehold.store.database import Database
from stokehold.store.schema import attempts
from tests.store.audit import audit
from tests.store.kitchen import Kitchen

KILLED = Failure.of(Faults.KILLED, signal=15)


@pytest.fixture
def kitchen(database: Database) -> Kitchen:
    return Kitchen(database)


def run(kitchen: Kitchen, count: int, node: int | None = None) -> list[Any]:
    """Lease, and begin, one after the other."""
    held = kitchen.lease(count, node)
    for lease in held:
        kitchen.now += 1
        kitchen.record(Phased(lease.token, Phase.EXECUTION, kitchen.now))
    return held


def chosen(kitchen: Kitchen, quotas: Quotas = UNLIMITED) -> list[int]:
    return kitchen.database.read_now(preemptions.due, quotas)


def preempt(kitchen: Kitchen) -> list[int]:
    ids = chosen(kitchen)
    kitchen.record(Preempted(tuple(ids)))
    return ids


def row(kitchen: Kitchen, token: str) -> Any:
    query = select(attempts).where(attempts.c.token == token)
    return kitchen.database.read_now(lambda conn: conn.execute(query).first())


def urgent(kitchen: Kitchen, **fields: Any) -> Any:
    return kitchen.task(scheduling_type=Scheduling.ON_DEMAND, **fields)


def test_nobody_goes_while_nothing_urgent_waits_or_there_is_room(kitchen: Kitchen) -> None:
    kitchen.task(instance_count=5)
    run(kitchen, 1)
    assert chosen(kitchen) == []
    urgent(kitchen)
    assert chosen(kitchen) == []


def test_the_youngest_makes_room_once_and_its_instance_runs_again(kitchen: Kitchen) -> None:
    flex = kitchen.task(instance_count=2)
    _, young = run(kitchen, 2)
    task = urgent(kitchen)
    assert preempt(kitchen) == [row(kitchen, young.token).id]
    assert chosen(kitchen) == [], "its slot is promised"
    (stop,) = kitchen.database.read_now(nodes.commands, kitchen.node, 0)
    assert stop.token == young.token
    kitchen.end(young.token, stopped=True, failure=KILLED, exit_code=None, execution_us=5)
    assert row(kitchen, young.token).preempted
    assert [lease.task for lease in kitchen.lease(1)] == [task.uuid]
    (again,) = kitchen.lease(1)
    assert (again.task, again.instance_id, again.attempt) == (flex.uuid, young.instance_id, 2)
    now = row(kitchen, again.token)
    assert (now.failures, now.losses) == (0, 0)
    kitchen.database.read_now(audit)


def test_what_was_leased_and_not_begun_goes_back_without_a_trace(kitchen: Kitchen) -> None:
    flex = kitchen.task(instance_count=5)
    held = run(kitchen, 2)
    ahead = kitchen.lease(3)
    urgent(kitchen)
    assert set(preempt(kitchen)) > {row(kitchen, lease.token).id for lease in ahead}
    for lease in ahead:
        kitchen.end(lease.token, stopped=True, exit_code=None)
    assert row(kitchen, ahead[0].token) is None
    kitchen.end(held[0].token)
    assert kitchen.lease(1)[0].task != flex.uuid
    (again,) = kitchen.lease(1)
    assert (again.instance_id, again.attempt) == (ahead[0].instance_id, 1)
    kitchen.database.read_now(audit)


def test_preemptions_spend_no_retries_and_have_no_end(kitchen: Kitchen) -> None:
    task = kitchen.task(retry_settings=RetrySettings(max_per_instance_retries=1))
    for _ in range(15):
        (lease,) = run(kitchen, 1)
        kitchen.record(Preempted((row(kitchen, lease.token).id,)))
        kitchen.end(lease.token, stopped=True, failure=KILLED, exit_code=None, execution_us=1)
    (lease,) = run(kitchen, 1)
    assert lease.attempt == 16
    kitchen.end(lease.token)
    assert kitchen.again(task.uuid).state == "Success"
    kitchen.database.read_now(audit)


@pytest.mark.parametrize(
    ("report", "state", "ready"),
    [
        ({}, "Success", 0),
        ({"failure": Failure.of(Faults.EXIT_CODE, code=1), "exit_code": 1}, "Failure", 0),
        ({"stopped": True}, "Submitted", 1),
        ({"stopped": True, "failure": KILLED}, "Submitted", 1),
    ],
)
def test_one_that_ends_by_itself_before_it_is_told_has_ended(
    kitchen: Kitchen, report: dict[str, Any], state: str, ready: int
) -> None:
    task = kitchen.task()
    (lease,) = run(kitchen, 1)
    kitchen.record(Preempted((row(kitchen, lease.token).id,)))
    kitchen.end(lease.token, execution_us=3, **report)
    assert (kitchen.again(task.uuid).state, kitchen.again(task.uuid).ready) == (state, ready)
    kitchen.database.read_now(audit)


def test_a_node_that_is_lost_meanwhile_changes_nothing(kitchen: Kitchen) -> None:
    task = kitchen.task(instance_count=2)
    one, two = run(kitchen, 2)
    kitchen.record(Preempted((row(kitchen, one.token).id, row(kitchen, two.token).id)))
    kitchen.record(Lost(one.token))
    kitchen.record(NodeLost(kitchen.node))
    kitchen.record(Ended(two.token, kitchen.now, stopped=True))
    assert kitchen.again(task.uuid).ready == 2
    kitchen.database.read_now(audit)


def test_an_abort_wins_over_a_preemption(kitchen: Kitchen) -> None:
    task = kitchen.task()
    (lease,) = run(kitchen, 1)
    kitchen.record(Preempted((row(kitchen, lease.token).id,)))
    kitchen.record(AbortAsked(task.id))
    assert len(kitchen.database.read_now(nodes.commands, kitchen.node, 0)) == 2
    kitchen.end(lease.token, stopped=True)
    assert kitchen.again(task.uuid).state == "Cancelled"
    kitchen.database.read_now(audit)


def test_no_more_go_than_the_urgent_may_run(kitchen: Kitchen) -> None:
    kitchen.task(instance_count=4)
    run(kitchen, 2)
    urgent(kitchen, instance_count=5, max_running_instances=1)
    assert len(chosen(kitchen)) == 1
    assert chosen(kitchen, Quotas(on_demand=Quota(cores=3))) == []
    urgent(kitchen, instance_count=5)
    assert len(chosen(kitchen)) == 2
    assert len(chosen(kitchen, Quotas(on_demand=Quota(instances=1)))) == 1


def test_reserved_work_makes_room_on_its_machines_alone(kitchen: Kitchen) -> None:
    kitchen.task(instance_count=9)
    run(kitchen, 2)
    lab = kitchen.add("lab", reservation="lab", slots=1)
    (there,) = run(kitchen, 1, lab)
    kitchen.task(scheduling_type=Scheduling.RESERVED, targeted_reservation_name="lab", instance_count=3)
    kitchen.task(scheduling_type=Scheduling.RESERVED, targeted_reservation_name="elsewhere")
    assert chosen(kitchen) == [row(kitchen, there.token).id]


def test_leases_in_hand_go_to_a_node_that_is_idle(kitchen: Kitchen) -> None:
    kitchen.task(instance_count=6)
    run(kitchen, 2)
    ahead = kitchen.lease(4)

    def late(wait: int) -> list[int]:
        return kitchen.database.read_now(preemptions.idle_leases, kitchen.now + wait)

    assert late(PATIENCE_US) == []
    kitchen.add("idle", slots=3)
    assert late(0) == []
    newest = [row(kitchen, lease.token).id for lease in ahead[1:]]
    assert sorted(late(PATIENCE_US)) == newest


def test_leases_that_an_idle_node_may_not_run_stay(kitchen: Kitchen) -> None:
    urgent(kitchen, instance_count=4)
    run(kitchen, 2)
    kitchen.lease(2)
    kitchen.add("lab", reservation="lab")
    assert kitchen.database.read_now(preemptions.idle_leases, kitchen.now + PATIENCE_US) == []
