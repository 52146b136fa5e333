"""Which results replaced those of other instances: counted all, named a bounded number."""

from stokehold.store import conflicts
from stokehold.store.conflicts import KEPT, Conflict
from stokehold.store.database import Database
from tests.store.kitchen import Kitchen


def test_a_key_is_told_once_with_those_who_wrote_it_last(database: Database) -> None:
    kitchen = Kitchen(database)
    task = kitchen.task()
    for replaced, kept in ((0, 1), (1, 2)):
        database.write_now(conflicts.note, kitchen.account, task.id, "same", replaced, kept)
    database.write_now(conflicts.note, kitchen.account, task.id, "also", 0, 5)
    assert kitchen.again(task.uuid).result_conflicts == 3
    assert database.read_now(conflicts.of, task.id) == [Conflict("also", 0, 5, 1), Conflict("same", 1, 2, 2)]


def test_many_keys_are_counted_and_some_are_named(database: Database) -> None:
    kitchen = Kitchen(database)
    task = kitchen.task()
    for number in range(KEPT + 5):
        database.write_now(conflicts.note, kitchen.account, task.id, f"k{number}", 0, 1)
    assert kitchen.again(task.uuid).result_conflicts == KEPT + 5
    assert len(database.read_now(conflicts.of, task.id)) == KEPT


def test_nobody_can_tell_of_anothers_task(database: Database) -> None:
    kitchen = Kitchen(database)
    task = kitchen.task()
    database.write_now(conflicts.note, kitchen.other, task.id, "same", 0, 1)
    database.write_now(conflicts.note, kitchen.account, 10**9, "same", 0, 1)
    assert kitchen.again(task.uuid).result_conflicts == 0
    assert database.read_now(conflicts.of, task.id) == []
