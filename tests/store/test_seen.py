import pytest

from stokehold.domain.errors import Failure, Faults
from stokehold.domain.events import AbortAsked
from stokehold.domain.protocol import Phased
from stokehold.domain.states import Phase
from stokehold.store import seen, tasks
from stokehold.store.database import Connection, Database
from tests.store.kitchen import Kitchen
from tests.store.statements import statements

FAILED = Failure.of(Faults.EXIT_CODE, code=1)


@pytest.fixture
def kitchen(database: Database) -> Kitchen:
    """Tasks of which instances wait, run, have failed, were tried again, were cancelled."""
    kitchen = Kitchen(database)
    for size in (1, 4, 6, 3):
        kitchen.task(instance_count=size, max_retries_per_instance=1)
    leases = kitchen.lease(12)
    for number, lease in enumerate(leases):
        if number % 4 == 0:
            kitchen.end(lease.token)
        elif number % 4 == 1:
            kitchen.end(lease.token, failure=FAILED)
        elif number % 4 == 2:
            kitchen.record(Phased(lease.token, Phase.EXECUTION, kitchen.now))
    for lease in kitchen.lease(2):
        kitchen.end(lease.token, failure=FAILED)
    kitchen.record(AbortAsked(rows(kitchen)[1].id))
    return kitchen


def rows(kitchen: Kitchen) -> list[tasks.Task]:
    return kitchen.database.read_now(tasks.page, tasks.owned(kitchen.account), 10)


@pytest.mark.parametrize("limit", [1, 2, 100])
def test_many_at_once_are_seen_as_each_alone(kitchen: Kitchen, limit: int) -> None:
    def query(conn: Connection) -> None:
        page = tasks.page(conn, tasks.owned(kitchen.account), 10)
        alone = {task.id: seen.of_task(conn, task, limit) for task in page}
        together = seen.of_tasks(conn, page, limit)
        assert {task_id: together.get(task_id, seen.Seen([], [], [])) for task_id in alone} == alone
        active = seen.active_of_tasks(conn, page, limit)
        assert {task_id: active.get(task_id, []) for task_id in alone} == {
            task_id: one.active for task_id, one in alone.items()
        }
        assert any(one.failed for one in alone.values())

    kitchen.database.read_now(query)


def test_a_page_is_one_statement(kitchen: Kitchen) -> None:
    page = rows(kitchen)
    with statements(kitchen.database) as sent:
        kitchen.database.read_now(seen.of_tasks, page, 100)
    assert len(sent) == 1


def test_what_nothing_has_begun_costs_nothing(database: Database) -> None:
    kitchen = Kitchen(database)
    kitchen.task()
    page = rows(kitchen)
    with statements(database) as sent:
        assert database.read_now(seen.of_tasks, page, 100) == {}
        assert database.read_now(seen.active_of_tasks, page, 100) == {}
    assert sent == []
