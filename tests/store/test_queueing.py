import pytest

from stokehold.store import queueing, timers
from stokehold.store.database import Database
from stokehold.store.schema import tasks
from tests.store.kitchen import Kitchen

SECOND = 1_000_000


@pytest.fixture
def kitchen(database: Database) -> Kitchen:
    return Kitchen(database)


def test_the_time_in_the_queue_begins_when_a_task_waits_for_no_other(kitchen: Kitchen) -> None:
    task = kitchen.task(max_time_queue_seconds=10, queue_by=kitchen.now + 10 * SECOND)
    plain = kitchen.task()

    def waits_for(count: int) -> None:
        changed = tasks.update().where(tasks.c.id == task.id).values(waits_for=count)
        kitchen.database.write_now(lambda conn: conn.execute(changed).rowcount)

    waits_for(1)
    kitchen.now += 60 * SECOND
    kitchen.database.write_now(timers.carry_out, kitchen.now)
    assert kitchen.again(task.uuid).state == "Submitted"
    assert kitchen.database.read_now(timers.next_moment) is None
    kitchen.database.write_now(queueing.begin, [task.id], kitchen.now)
    assert kitchen.database.read_now(timers.next_moment) is None
    waits_for(0)
    kitchen.database.write_now(queueing.begin, [task.id, plain.id], kitchen.now)
    assert kitchen.database.read_now(timers.next_moment) == kitchen.now + 10 * SECOND
    kitchen.now += 10 * SECOND
    kitchen.database.write_now(timers.carry_out, kitchen.now)
    assert kitchen.again(task.uuid).state == "Failure"
    assert kitchen.again(plain.uuid).state == "Submitted"
