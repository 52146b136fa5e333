from typing import Any
from uuid import uuid4

import msgspec
import pytest

from stokehold.domain.errors import Forbidden, StokeholdError
from stokehold.domain.events import AbortAsked, DeleteAsked, Submitted
from stokehold.domain.task import Spec
from stokehold.store import room
from stokehold.store.arrivals import Arrived
from stokehold.store.database import Database
from tests.store.audit import audit
from tests.store.kitchen import Kitchen
from tests.store.statements import statements


@pytest.fixture
def kitchen(database: Database) -> Kitchen:
    return Kitchen(database)


def event(kitchen: Kitchen, uuid: str = "") -> Submitted:
    spec = Spec(name="n", profile="docker-batch", instance_count=1)
    uuid = uuid or str(uuid4())
    text = msgspec.json.encode(spec).decode()
    return Submitted(uuid, kitchen.account, "n", uuid, "docker-batch", text, spec.ids())


def admit(kitchen: Kitchen, most: int | None, *events: Submitted) -> list[Any]:
    outcomes: list[Arrived | StokeholdError] = kitchen.database.write_now(
        room.admit, list(events), most, kitchen.now
    )
    kitchen.database.read_now(audit)
    return outcomes


def test_without_a_limit_nothing_is_counted(kitchen: Kitchen) -> None:
    with statements(kitchen.database) as sent:
        admit_only = kitchen.database.write_now(room.admit, [event(kitchen)], None, kitchen.now)
    assert isinstance(admit_only[0], Arrived)
    assert not [s for s in sent if s.startswith("SELECT")]


def test_the_account_may_have_as_many_as_its_limit_and_no_more(kitchen: Kitchen) -> None:
    outcomes = admit(kitchen, 2, *(event(kitchen) for _ in range(3)))
    assert [type(outcome) for outcome in outcomes] == [Arrived, Arrived, Forbidden]
    assert outcomes[2].message.startswith("Maximum number of tasks reached: this account may have 2.")


def test_another_accounts_tasks_take_no_room(kitchen: Kitchen) -> None:
    kitchen.task(account_id=kitchen.other)
    assert isinstance(admit(kitchen, 1, event(kitchen))[0], Arrived)


def test_the_oldest_that_has_ended_and_may_go_makes_room(kitchen: Kitchen) -> None:
    kept, older, newer = kitchen.task(), kitchen.task(evictable=True), kitchen.task(evictable=True)
    running = kitchen.task(evictable=True)
    for task in (newer, older, kept):  # the order of their ends counts
        kitchen.now += 1
        kitchen.record(AbortAsked(task.id))
    assert isinstance(admit(kitchen, 4, event(kitchen))[0], Arrived)
    assert kitchen.again(newer.uuid).state == "PendingDelete"
    assert kitchen.again(older.uuid).state == "Cancelled"
    outcomes = admit(kitchen, 4, event(kitchen), event(kitchen))
    assert [type(outcome) for outcome in outcomes] == [Arrived, Forbidden]
    assert kitchen.again(older.uuid).state == "PendingDelete"
    assert (kitchen.again(kept.uuid).state, kitchen.again(running.uuid).state) == ("Cancelled", "Submitted")


def test_a_deleted_task_takes_no_room(kitchen: Kitchen) -> None:
    task = kitchen.task()
    kitchen.record(DeleteAsked(task.id))
    assert isinstance(admit(kitchen, 1, event(kitchen))[0], Arrived)


def test_what_is_said_again_needs_no_room(kitchen: Kitchen) -> None:
    first = event(kitchen, str(uuid4()))
    admit(kitchen, 1, first)
    outcomes = admit(kitchen, 1, first, event(kitchen))
    assert outcomes[0].again
    assert isinstance(outcomes[1], Forbidden)
