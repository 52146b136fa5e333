import pytest

from stokehold.domain.errors import Failure, Faults
from stokehold.domain.events import AbortAsked
from stokehold.domain.filter import Group, Leaf, Operator
from stokehold.domain.protocol import Phased, Returned
from stokehold.domain.states import Phase
from stokehold.domain.task import KeyValue, RetrySettings, Spec
from stokehold.store import tasks
from stokehold.store.database import Connection, Database
from stokehold.store.filters import Search
from tests.store.kitchen import Kitchen


@pytest.fixture
def kitchen(database: Database) -> Kitchen:
    return Kitchen(database)


def test_a_task_is_found_by_uuid_in_any_case_and_by_shortname(kitchen: Kitchen) -> None:
    task = kitchen.task(shortname="short")
    for key in (task.uuid, task.uuid.upper(), "short"):
        assert kitchen.again(key).id == task.id


def test_a_shortname_matches_its_case(kitchen: Kitchen) -> None:
    kitchen.task(shortname="short")
    assert kitchen.database.read_now(tasks.find, kitchen.account, "SHORT") is None


def test_the_task_of_another_account_is_not_found(kitchen: Kitchen) -> None:
    task = kitchen.task(account_id=kitchen.other, shortname="short")
    for key in (task.uuid, "short"):
        assert kitchen.database.read_now(tasks.find, kitchen.account, key) is None


def names(kitchen: Kitchen, *wanted: str) -> list[str]:
    def query(conn: Connection) -> list[str]:
        tagged = Group(True, tuple(Leaf("Tags", Operator.EQUAL, (tag,)) for tag in wanted))
        where = Search(conn, kitchen.account, tagged, kitchen.now).where
        return [task.name for task in tasks.page(conn, where, 10)]

    return kitchen.database.read_now(query)


def test_the_newest_task_comes_first(kitchen: Kitchen) -> None:
    for name in "abc":
        kitchen.task(name=name)
    assert names(kitchen) == ["c", "b", "a"]


def test_attempts_that_a_node_has_begun_are_active(kitchen: Kitchen) -> None:
    task = kitchen.task(instance_count=4)
    leased = kitchen.lease(3)
    kitchen.record(Phased(leased[1].token, Phase.DOWNLOAD, kitchen.now))
    kitchen.record(Phased(leased[0].token, Phase.EXECUTION, kitchen.now))
    active = kitchen.database.read_now(tasks.active, kitchen.again(task.uuid), 10)
    assert [(a.instance_id, a.phase, a.node.name) for a in active] == [
        (0, Phase.EXECUTION, "oven"),
        (1, Phase.DOWNLOAD, "oven"),
    ]


def test_ended_attempts_are_the_last_of_each_ended_instance(kitchen: Kitchen) -> None:
    task = kitchen.task(instance_count=3, retry_settings=RetrySettings(1))
    wrong = Failure.of(Faults.EXIT_CODE, code=1)
    first, second, _ = kitchen.lease(3)
    kitchen.end(first.token, exit_code=1, failure=wrong)  # tried again
    kitchen.end(second.token)
    ended = kitchen.database.read_now(tasks.ended, kitchen.again(task.uuid), 10)
    assert [(a.instance_id, a.phase) for a in ended] == [(1, Phase.SUCCEEDED)]
    kitchen.end(kitchen.lease(1)[0].token, exit_code=1, failure=wrong)
    ended = kitchen.database.read_now(tasks.ended, kitchen.again(task.uuid), 10)
    assert [(a.instance_id, a.number, a.phase) for a in ended] == [
        (1, 1, Phase.SUCCEEDED),
        (0, 2, Phase.FAILED),
    ]


def test_no_more_ended_attempts_are_read_than_asked_for(kitchen: Kitchen) -> None:
    task = kitchen.task(instance_count=9)
    for lease in kitchen.lease(9):
        kitchen.end(lease.token)
    ended = kitchen.database.read_now(tasks.ended, kitchen.again(task.uuid), 4)
    assert [a.instance_id for a in ended] == [8, 7, 6, 5]


def test_a_returned_lease_leaves_nothing_to_show(kitchen: Kitchen) -> None:
    task = kitchen.task()
    kitchen.record(Returned(kitchen.lease(1)[0].token))
    now = kitchen.again(task.uuid)
    assert kitchen.database.read_now(tasks.active, now, 10) == []
    assert kitchen.database.read_now(tasks.ended, now, 10) == []


def test_failed_instances_tell_why(kitchen: Kitchen) -> None:
    task = kitchen.task(instance_count=3)
    first, second, _ = kitchen.lease(3)
    kitchen.end(first.token)
    kitchen.end(second.token, exit_code=3, failure=Failure.of(Faults.EXIT_CODE, code=3))
    (failed,) = kitchen.database.read_now(tasks.failed, kitchen.again(task.uuid))
    assert failed.report is not None
    assert failed.report.failure == Failure.of(Faults.EXIT_CODE, code=3)


def test_tags_and_constants_can_be_replaced(kitchen: Kitchen) -> None:
    task = kitchen.task(tags=["old"])
    spec = Spec(name="n", tags=["new", "new"], constants=[KeyValue("A", "1")])
    kitchen.database.write_now(tasks.retag, task, spec, kitchen.now)
    assert names(kitchen, "old") == []
    assert names(kitchen, "new") == ["n"]
    assert kitchen.again(task.uuid).modified_at == kitchen.now


def test_usage_counts_the_account_alone(kitchen: Kitchen) -> None:
    kitchen.task(account_id=kitchen.other, instance_count=5)
    kitchen.lease(5)
    kitchen.task(instance_count=3)
    done = kitchen.task()
    kitchen.record(AbortAsked(done.id))
    leased = kitchen.lease(2)
    kitchen.record(Phased(leased[0].token, Phase.EXECUTION, kitchen.now))
    assert kitchen.database.read_now(tasks.usage, kitchen.account) == tasks.Usage(
        2, 1, 1, 4, classes={"flex": tasks.Running(1, 4)}
    )
