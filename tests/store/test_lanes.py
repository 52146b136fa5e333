"""The queue gives what comes first, at a cost that does not grow with what waits behind it."""

from uuid import uuid4

import pytest

from stokehold.domain.lane import lane
from stokehold.domain.place import Head
from stokehold.domain.protocol import Phased
from stokehold.domain.quota import Quota, Quotas
from stokehold.domain.states import Phase
from stokehold.domain.task import Discriminator, HardwareConstraint, Scheduling
from stokehold.store import accounts, lanes, leases
from stokehold.store.database import Database
from stokehold.store.leases import Terms
from stokehold.store.nodes import here
from stokehold.store.vault import Vault
from tests.store.audit import audit
from tests.store.kitchen import START, Kitchen
from tests.store.statements import statements

FLEX = lane("flex", None, "")
GPU = [HardwareConstraint(Discriminator.GPU)]


@pytest.fixture
def kitchen(database: Database) -> Kitchen:
    return Kitchen(database)


def customers(kitchen: Kitchen, count: int) -> list[int]:
    vault = Vault(b"k" * 32)

    def made(name: str) -> int:
        return kitchen.database.write_now(accounts.create, vault, name, name, START).id

    return [made(f"{uuid4()}@example.org") for _ in range(count)]


def heads(kitchen: Kitchen) -> list[list[Head]]:
    def seen(conn: object) -> list[list[Head]]:
        inventory = here(conn, kitchen.node)  # type: ignore[arg-type]
        assert inventory is not None
        return lanes.classes(conn, kitchen.node, inventory, lanes.Turn())  # type: ignore[arg-type]

    return kitchen.database.read_now(seen)


def test_the_heads_are_the_first_task_of_each_account_by_class(kitchen: Kitchen) -> None:
    old = kitchen.task()
    kitchen.task()
    other = kitchen.task(kitchen.other)
    kitchen.task(hardware_constraints=GPU)  # no node here has one
    kitchen.task(scheduling_type=Scheduling.RESERVED)
    urgent = kitchen.task(scheduling_type=Scheduling.ON_DEMAND)
    found = heads(kitchen)
    assert [[h.task_id for h in group] for group in found] == [[urgent.id], [old.id, other.id]]


def test_the_most_urgent_class_is_served_first_whatever_its_age(kitchen: Kitchen) -> None:
    flex = kitchen.task(instance_count=3)
    urgent = kitchen.task(instance_count=3, scheduling_type=Scheduling.ON_DEMAND)
    got = [lease.task for lease in kitchen.lease(4)]
    assert got == [urgent.uuid] * 3 + [flex.uuid]


def test_a_node_is_given_nothing_that_it_may_not_run(kitchen: Kitchen) -> None:
    kitchen.task(instance_count=5, hardware_constraints=GPU)
    kitchen.task(instance_count=5, scheduling_type=Scheduling.RESERVED, targeted_reservation_name="lab")
    assert kitchen.lease(9) == []
    waits = kitchen.database.read_now(leases.any_waiting, kitchen.node)
    assert not waits, "it is not woken for what it may not run"
    assert len(kitchen.lease(9, kitchen.add("gpu", gpus=1))) == 5
    assert len(kitchen.lease(9, kitchen.add("lab", reservation="lab"))) == 5


def test_what_does_not_fit_does_not_stand_in_the_way(kitchen: Kitchen) -> None:
    for _ in range(3 * leases.WINDOW):
        kitchen.task(hardware_constraints=GPU)
    mine = kitchen.task()
    assert [lease.task for lease in kitchen.lease(1)] == [mine.uuid]


def test_accounts_share_whatever_one_of_them_has_submitted(kitchen: Kitchen) -> None:
    for _ in range(20):
        kitchen.task()
    late = kitchen.task(kitchen.other)
    assert late.uuid in {lease.task for lease in kitchen.lease(2)}


def test_more_accounts_than_a_claim_looks_at_take_turns(
    kitchen: Kitchen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lanes, "SCAN", 4)
    waiting = {kitchen.task(account, instance_count=50).uuid for account in customers(kitchen, 11)}
    kitchen.task(kitchen.other, hardware_constraints=GPU)
    terms, served = Terms(), set()
    for _ in range(2 * len(waiting)):
        served |= {lease.task for lease in kitchen.lease(1, terms=terms)}
    assert served == waiting


def test_a_task_never_has_more_at_work_than_its_owner_allows(kitchen: Kitchen) -> None:
    task = kitchen.task(instance_count=9, max_running_instances=2)
    first = kitchen.lease(5)
    assert len(first) == 2
    assert kitchen.lease(5) == []
    assert not kitchen.database.read_now(leases.any_waiting, kitchen.node)
    kitchen.end(first[0].token)
    assert len(kitchen.lease(5)) == 1
    assert kitchen.again(task.uuid).active == 2
    kitchen.database.read_now(audit)


def test_a_task_at_its_limit_rings_when_it_has_room_again(kitchen: Kitchen) -> None:
    kitchen.task(instance_count=9, max_running_instances=1)
    (lease,) = kitchen.lease(5)
    rung: list[bool] = []
    kitchen.database.listen("work", lambda: rung.append(True))
    kitchen.record(Phased(lease.token, Phase.EXECUTION, kitchen.now))
    assert not rung
    kitchen.end(lease.token)
    assert rung


def test_a_quota_holds_work_back_in_its_class_alone(kitchen: Kitchen) -> None:
    terms = Terms(Quotas(flex=Quota(instances=3)))
    kitchen.task(instance_count=9)
    kitchen.task(kitchen.other, instance_count=9)
    kitchen.task(instance_count=2, scheduling_type=Scheduling.ON_DEMAND)
    got = kitchen.lease(20, terms=terms)
    assert len(got) == 3 + 3 + 2
    assert kitchen.lease(20, terms=terms) == []
    kitchen.end(got[-1].token)
    assert len(kitchen.lease(20, terms=terms)) == 1


def test_a_quota_of_cores_counts_what_each_node_gives(kitchen: Kitchen) -> None:
    terms = Terms(Quotas(flex=Quota(cores=10)))
    kitchen.task(instance_count=9)
    assert len(kitchen.lease(9, terms=terms)) == 2  # of four cores each
    assert len(kitchen.lease(9, kitchen.add("thin", cores=1, slots=1), terms)) == 2


def test_a_claim_reads_no_more_when_more_waits(kitchen: Kitchen) -> None:
    for _ in range(3):
        kitchen.task()
    with statements(kitchen.database) as few:
        kitchen.lease(1)
    for _ in range(100):
        kitchen.task()
    with statements(kitchen.database) as many:
        kitchen.lease(1)
    assert len(few) == len(many)


def test_urgent_work_is_not_leased_ahead_behind_flex_work(kitchen: Kitchen) -> None:
    terms = Terms()
    kitchen.task(instance_count=1)
    kitchen.lease(1)
    urgent = kitchen.task(instance_count=9, scheduling_type=Scheduling.ON_DEMAND)
    kitchen.task(instance_count=9)
    assert [lease.task for lease in kitchen.lease(5, terms=terms)] == [urgent.uuid]
    assert kitchen.lease(5, terms=terms) == [], "nor does flex work get in its way"
    assert kitchen.node in terms.turn.full
    assert len(kitchen.lease(5, kitchen.add("other"), terms)) == 5, "where there is none, it is"
