"""The values of secret constants, on disk."""

import pytest
from cryptography.exceptions import InvalidTag
from sqlalchemy import func, select

from stokehold.domain.events import DeleteAsked
from stokehold.store import purge, secrets
from stokehold.store.database import Connection, Database
from stokehold.store.secret_schema import task_secrets
from stokehold.store.vault import Vault
from tests.store.kitchen import Kitchen

VAULT = Vault(b"k" * 32)
VALUES = {"QARNOT_SECRET_A": "hunter2", "QARNOT_SECRET_B": "", "forced/QARNOT_SECRET_A": "é"}


@pytest.fixture
def kitchen(database: Database) -> Kitchen:
    return Kitchen(database)


def count(conn: Connection) -> int:
    return conn.execute(select(func.count()).select_from(task_secrets)).scalar_one()


def test_a_task_has_its_secrets_back(kitchen: Kitchen) -> None:
    task, other = kitchen.task(), kitchen.task()
    kitchen.database.write_now(secrets.insert, task.id, secrets.seal(VAULT, task.uuid, VALUES))
    assert kitchen.database.read_now(secrets.read, VAULT, task.id, task.uuid) == VALUES
    assert kitchen.database.read_now(secrets.read, VAULT, other.id, other.uuid) == {}
    assert set(kitchen.database.read_now(secrets.of_tasks, [task.id, other.id])) == {task.id}


def test_the_database_holds_no_secret_in_clear(kitchen: Kitchen) -> None:
    task = kitchen.task()
    kitchen.database.write_now(secrets.insert, task.id, secrets.seal(VAULT, task.uuid, VALUES))
    rows = kitchen.database.read_now(lambda conn: conn.execute(select(task_secrets)).all())
    assert "hunter2" not in str(rows)


@pytest.mark.parametrize(("uuid", "key"), [("other", "QARNOT_SECRET_A"), ("mine", "QARNOT_SECRET_B")])
def test_a_secret_that_was_moved_to_another_task_or_constant_does_not_open(uuid: str, key: str) -> None:
    ((_, sealed),) = secrets.seal(VAULT, "mine", {"QARNOT_SECRET_A": "hunter2"})
    with pytest.raises(InvalidTag):
        secrets.unseal(VAULT, uuid, ((key, sealed),))


def test_new_secrets_replace_the_old_ones_but_not_those_that_are_forced(kitchen: Kitchen) -> None:
    task = kitchen.task()
    kitchen.database.write_now(secrets.insert, task.id, secrets.seal(VAULT, task.uuid, VALUES))
    new = secrets.seal(VAULT, task.uuid, {"QARNOT_SECRET_C": "new"})
    kitchen.database.write_now(secrets.replace, task.id, new)
    found = kitchen.database.read_now(secrets.read, VAULT, task.id, task.uuid)
    assert found == {"QARNOT_SECRET_C": "new", "forced/QARNOT_SECRET_A": "é"}


def test_secrets_go_with_their_task(kitchen: Kitchen) -> None:
    task, kept = kitchen.task(), kitchen.task()
    for one in (task, kept):
        kitchen.database.write_now(secrets.insert, one.id, secrets.seal(VAULT, one.uuid, VALUES))
    kitchen.record(DeleteAsked(task.id))
    while kitchen.database.write_now(purge.purge):
        pass
    assert kitchen.database.read_now(count) == len(VALUES)
