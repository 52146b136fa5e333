"""Nodes are shown with what they have in hand, in as many statements whatever there is."""

import pytest

from stokehold.domain.events import NodeLost
from stokehold.domain.protocol import Measured, Phased, Sample
from stokehold.domain.states import Phase
from stokehold.store import occupancy, samples
from stokehold.store.database import Database
from stokehold.store.nodes import REMEMBERED_US
from stokehold.store.occupancy import Held, Occupancy, Queue
from tests.store.kitchen import Kitchen
from tests.store.statements import statements


@pytest.fixture
def kitchen(database: Database) -> Kitchen:
    return Kitchen(database)


def look(kitchen: Kitchen, account_id: int | None = None) -> list[Occupancy]:
    return kitchen.database.read_now(occupancy.lately, account_id or kitchen.account, kitchen.now)


def begin(kitchen: Kitchen, phase: Phase, node: int | None = None) -> str:
    token: str = kitchen.lease(1, node)[0].token
    kitchen.record(Phased(token, phase, kitchen.now))
    return token


def test_a_node_without_work_is_idle(kitchen: Kitchen) -> None:
    [oven] = look(kitchen)
    assert (oven.name, oven.inventory.slots, oven.lost) == ("oven", 2, False)
    assert (oven.executing, oven.uploading, oven.cores, oven.held) == (0, 0, 0.0, [])


def test_work_counts_once_it_has_begun_and_its_slot_is_free_once_its_command_has_ended(
    kitchen: Kitchen,
) -> None:
    task = kitchen.task(instance_count=4)
    for phase in (Phase.EXECUTION, Phase.UPLOAD, Phase.DOWNLOAD):
        begin(kitchen, phase)
    kitchen.lease(1)
    [oven] = look(kitchen)
    assert (oven.executing, oven.uploading) == (1, 1)
    assert oven.held == [
        Held(task.uuid, 0, "execution"), Held(task.uuid, 1, "upload"), Held(task.uuid, 2, "download"),
    ]  # fmt: skip


def test_measurements_of_what_runs_add_up(kitchen: Kitchen) -> None:
    kitchen.task(instance_count=2)
    tokens = [begin(kitchen, Phase.EXECUTION) for _ in range(2)]
    told = Measured(kitchen.now, [Sample(token, 1.5, 100.0) for token in tokens])
    kitchen.database.write_now(samples.append, told)
    [oven] = look(kitchen)
    assert (oven.cores, oven.memory_mb) == (3.0, 200.0)
    kitchen.end(tokens[0])
    [oven] = look(kitchen)
    assert (oven.executing, oven.cores, oven.memory_mb) == (1, 1.5, 100.0)


def test_instances_of_other_accounts_are_counted_and_not_named(kitchen: Kitchen) -> None:
    theirs = kitchen.task(kitchen.other)
    begin(kitchen, Phase.EXECUTION)
    [oven] = look(kitchen)
    assert (oven.executing, oven.held) == (1, [])
    assert look(kitchen, kitchen.other)[0].held == [Held(theirs.uuid, 0, "execution")]


def test_a_node_that_is_gone_comes_last_and_is_forgotten_after_a_day(kitchen: Kitchen) -> None:
    kitchen.add("zinc")
    kitchen.record(NodeLost(kitchen.node))
    assert [(one.name, bool(one.lost)) for one in look(kitchen)] == [("zinc", False), ("oven", True)]
    kitchen.now += REMEMBERED_US
    assert [one.name for one in look(kitchen)] == ["zinc"]


def test_a_node_is_found_by_its_name_or_uuid_the_one_that_is_here_before_older_ones(kitchen: Kitchen) -> None:
    def called(key: str) -> Occupancy | None:
        return kitchen.database.read_now(occupancy.called, kitchen.account, key)

    kitchen.record(NodeLost(kitchen.node))
    kitchen.now += 10 * REMEMBERED_US
    found = called("oven")
    assert found is not None
    assert (found.id, bool(found.lost)) == (kitchen.node, True)
    again = kitchen.add("oven2")
    found = called("oven2")
    assert found is not None
    assert found.id == again
    assert called("no-such") is None


def test_the_queue_counts_the_unfinished_instances_of_an_account(kitchen: Kitchen) -> None:
    kitchen.task(kitchen.other, instance_count=7)
    kitchen.task(instance_count=5)
    kitchen.task(instance_count=1000)
    tokens = [begin(kitchen, phase) for phase in (Phase.EXECUTION, Phase.UPLOAD, Phase.DOWNLOAD)]
    assert len(tokens) == 3
    queue = kitchen.database.read_now(occupancy.queue, kitchen.account)
    theirs = kitchen.database.read_now(occupancy.queue, kitchen.other)
    assert queue.tasks == 2
    assert queue.waiting + queue.starting + queue.executing + queue.uploading == 1005
    assert theirs.tasks == 1
    together = [queue.starting + theirs.starting, queue.executing + theirs.executing]
    assert together == [1, 1]
    assert kitchen.database.read_now(occupancy.queue, 4711) == Queue(0, 0, 0, 0, 0)


def test_many_nodes_take_as_many_statements_as_one(kitchen: Kitchen) -> None:
    kitchen.task(instance_count=50)
    begin(kitchen, Phase.EXECUTION)
    with statements(kitchen.database) as of_one:
        look(kitchen)
    for number in range(20):
        begin(kitchen, Phase.EXECUTION, kitchen.add(f"n{number}"))
    with statements(kitchen.database) as of_many:
        assert sum(one.executing for one in look(kitchen)) == 21
    assert len(of_many) == len(of_one)
