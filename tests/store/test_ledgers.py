import pytest
from sqlalchemy import select

from stokehold.domain.errors import NotFound
from stokehold.domain.events import DeleteAsked
from stokehold.domain.protocol import Ended, Lost
from stokehold.store.database import Database
from stokehold.store.ledgers import PURGE, Ledgers
from stokehold.store.schema import tags, tasks
from tests.store.audit import audit
from tests.store.kitchen import Kitchen
from tests.store.statements import statements


@pytest.fixture
def kitchen(database: Database) -> Kitchen:
    return Kitchen(database)


def test_each_task_of_a_batch_is_read_once_and_all_are_written_together(kitchen: Kitchen) -> None:
    for _ in range(3):
        kitchen.task(instance_count=4)
    tokens = [lease.token for lease in kitchen.lease(12)]
    with statements(kitchen.database) as sent:
        kitchen.record(*(Ended(token, kitchen.now) for token in tokens))
    assert sum("FROM tasks" in sql for sql in sent) == 3
    assert sum(sql.startswith("UPDATE tasks") for sql in sent) == 1
    kitchen.database.read_now(audit)


def test_an_unknown_task_has_no_ledger(kitchen: Kitchen) -> None:
    with pytest.raises(NotFound):
        kitchen.database.read_now(lambda conn: Ledgers(conn, 0).open(99))


def test_tags_are_kept_once(kitchen: Kitchen) -> None:
    kitchen.task(tags=["b", "a", "b"])
    rows = kitchen.database.read_now(lambda conn: conn.execute(select(tags.c.tag)).scalars().all())
    assert sorted(rows) == ["a", "b"]


def test_what_a_task_took_is_the_sum_of_its_attempts(kitchen: Kitchen) -> None:
    task = kitchen.task(instance_count=2)
    for lease in kitchen.lease(2):
        kitchen.end(
            lease.token, download_us=1, environment_us=2, execution_us=3, upload_us=4, results=["a", "b"]
        )
    now = kitchen.again(task.uuid)
    assert (now.download_us, now.environment_us, now.execution_us, now.upload_us) == (2, 4, 6, 8)
    assert now.results_count == 2


def test_scattered_ends_keep_ranges_in_their_one_form(kitchen: Kitchen) -> None:
    task = kitchen.task(instance_count=10)
    leases = kitchen.lease(10)
    for number in (9, 1, 5, 0, 3, 7, 2):
        kitchen.end(leases[number].token)
        kitchen.database.read_now(audit)
    assert kitchen.again(task.uuid).succeeded_range == "0-3,5,7,9"
    kitchen.record(Lost(leases[4].token), Lost(leases[8].token))
    assert kitchen.again(task.uuid).ready_range == "4,8"
    kitchen.database.read_now(audit)


def test_a_deleted_task_asks_to_be_purged_when_nothing_runs_for_it_any_more(kitchen: Kitchen) -> None:
    rung: list[str] = []
    kitchen.database.listen(PURGE, lambda: rung.append(PURGE))
    task = kitchen.task(instance_count=2)
    token = kitchen.lease(1)[0].token
    kitchen.record(DeleteAsked(task.id))
    assert rung == []
    kitchen.record(Ended(token, kitchen.now, stopped=True))
    kitchen.database.write_now(
        lambda conn: conn.execute(select(tasks.c.id)).all()
    )  # the bell has rung by now
    assert rung == [PURGE]
