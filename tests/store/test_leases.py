import threading
from typing import Any
from uuid import uuid4

import pytest

from stokehold.domain.events import AbortAsked, NodeLost
from stokehold.domain.protocol import Ended, Inventory, Lost
from stokehold.domain.task import KeyValue, Privileges
from stokehold.store import leases, nodes, secrets
from stokehold.store.database import Database
from stokehold.store.vault import Vault
from tests.store.audit import audit
from tests.store.kitchen import START, Kitchen
from tests.store.statements import statements


@pytest.fixture
def kitchen(database: Database) -> Kitchen:
    return Kitchen(database)


def second_node(kitchen: Kitchen) -> int:
    inventory = Inventory("grill", cores=1, memory_mb=1)
    return kitchen.database.write_now(nodes.introduce, "grill", "s1", inventory, START)


def claim(kitchen: Kitchen, node: int, want: int) -> list[Any]:
    given = kitchen.database.write_now(leases.claim, node, want, lambda: uuid4().hex, START)
    return [(one.uuid, lease.instance_id) for one in given for lease in one.leases]


def test_two_nodes_never_get_the_same_instance(kitchen: Kitchen) -> None:
    kitchen.task(instance_count=300)
    got: dict[int, list[Any]] = {kitchen.node: [], second_node(kitchen): []}

    def work(node: int) -> None:
        while batch := claim(kitchen, node, 7):
            got[node] += batch

    threads = [threading.Thread(target=work, args=(node,)) for node in got]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    everything = [pair for pairs in got.values() for pair in pairs]
    assert len(everything) == len(set(everything)) == 300
    kitchen.database.read_now(audit)


def test_a_claim_of_any_size_takes_the_same_statements(kitchen: Kitchen) -> None:
    kitchen.task(instance_count=1_000_000)
    with statements(kitchen.database) as one:
        kitchen.lease(1)
    with statements(kitchen.database) as many:
        kitchen.lease(500)
    assert len(many) == len(one) <= 8
    assert kitchen.lease(1)[0].instance_id == 501


def test_one_answer_holds_a_bounded_number(kitchen: Kitchen) -> None:
    kitchen.task(instance_count=10_000)
    assert len(kitchen.lease(10**9)) == leases.MOST


@pytest.mark.parametrize("want", [0, -1])
def test_nothing_is_given_to_one_who_wants_nothing(kitchen: Kitchen, want: int) -> None:
    kitchen.task()
    assert kitchen.lease(want) == []


def test_slots_are_shared_among_tasks(kitchen: Kitchen) -> None:
    large, small = kitchen.task(instance_count=100), kitchen.task(instance_count=2)
    got = claim(kitchen, kitchen.node, 6)
    assert [uuid for uuid, _ in got].count(small.uuid) == 2
    assert [uuid for uuid, _ in got].count(large.uuid) == 4


def test_what_was_lost_is_leased_again_under_another_token(kitchen: Kitchen) -> None:
    kitchen.task(instance_count=3)
    first = kitchen.lease(2)
    kitchen.record(Lost(first[1].token))
    again = kitchen.lease(1)[0]
    assert (again.instance_id, again.attempt) == (1, 2)
    assert again.token != first[1].token
    assert (kitchen.lease(1)[0].instance_id, kitchen.lease(1)) == (2, [])


def test_a_cancelled_task_gives_no_leases(kitchen: Kitchen) -> None:
    task = kitchen.task(instance_count=3)
    token = kitchen.lease(1)[0].token
    kitchen.record(AbortAsked(task.id))
    kitchen.record(Lost(token))
    assert kitchen.lease(5) == []


def test_a_node_that_was_given_up_gets_nothing_until_it_introduces_itself(kitchen: Kitchen) -> None:
    kitchen.task()
    kitchen.record(NodeLost(kitchen.node))
    assert kitchen.lease(1) == []
    inventory = Inventory("oven", cores=1, memory_mb=1)
    assert kitchen.database.write_now(nodes.introduce, "oven", "s2", inventory, START) == kitchen.node
    assert len(kitchen.lease(1)) == 1


def test_a_look_tells_whether_anything_waits(kitchen: Kitchen) -> None:
    def waits() -> bool:
        return kitchen.database.read_now(leases.any_waiting, kitchen.node)

    assert not waits()
    kitchen.task()
    assert waits()
    kitchen.lease(1)
    assert not waits()


def test_targets_are_those_of_living_attempts(kitchen: Kitchen) -> None:
    kitchen.task(instance_count=2, result_bucket="out")
    one, two = (lease.token for lease in kitchen.lease(2))
    kitchen.record(Ended(one, kitchen.now))
    found = kitchen.database.read_now(leases.targets, [one, two, "9.x"])
    assert list(found) == [two]
    assert (found[two].account_id, '"resultBucket":"out"' in found[two].spec) == (kitchen.account, True)


def test_only_tasks_with_secrets_or_privileges_come_with_confidences(database: Database) -> None:
    kitchen = Kitchen(database)
    plain = kitchen.task()
    hiding = kitchen.task(constants=[KeyValue("QARNOT_SECRET_A", "[SECRET]")])
    trusted = kitchen.task(privileges=Privileges(True))
    sealed = secrets.seal(Vault(b"k" * 32), hiding.uuid, {"QARNOT_SECRET_A": "x"})
    kitchen.database.write_now(secrets.insert, hiding.id, sealed)
    given = kitchen.database.write_now(leases.claim, kitchen.node, 3, lambda: uuid4().hex, kitchen.now)
    told = {one.task_id: (one.sealed, bool(one.email)) for one in given}
    assert (told[plain.id][0], told[hiding.id][0], told[trusted.id]) == ((), sealed, ((), True))


def test_a_claim_of_tasks_without_secrets_asks_the_database_for_none(database: Database) -> None:
    kitchen = Kitchen(database)
    kitchen.task(instance_count=2)
    with statements(database) as seen:
        kitchen.lease(1)
    assert not [sql for sql in seen if "task_secrets" in sql or "accounts" in sql]
