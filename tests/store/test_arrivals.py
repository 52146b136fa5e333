"""Lists of submissions: each for itself, all of them in a handful of statements."""

from typing import Any
from uuid import uuid4

import msgspec
import pytest
from sqlalchemy import select

from stokehold.domain.errors import Conflict, Invalid
from stokehold.domain.events import Submitted
from stokehold.domain.task import Spec
from stokehold.store import journal
from stokehold.store.arrivals import Arrived
from stokehold.store.database import Database
from stokehold.store.schema import journal as lines
from stokehold.store.schema import tags
from tests.store.audit import audit
from tests.store.kitchen import Kitchen
from tests.store.statements import statements


@pytest.fixture
def kitchen(database: Database) -> Kitchen:
    return Kitchen(database)


def submission(kitchen: Kitchen, **fields: Any) -> Submitted:
    uuid = fields.pop("uuid", str(uuid4()))
    spec = Spec(**{"name": "n", "profile": "docker-batch", "instance_count": 1, **fields})
    text = msgspec.json.encode(spec).decode()
    return Submitted(
        uuid, kitchen.account, spec.name, spec.shortname or uuid, "docker-batch", text, spec.ids(), tuple(spec.tags),
        labels=tuple(spec.labels.items()),
    )  # fmt: skip


def admit(kitchen: Kitchen, *events: Submitted) -> list[Any]:
    return kitchen.database.write_now(journal.admit, list(events), kitchen.now)


def test_a_list_keeps_its_order_and_is_journalled(kitchen: Kitchen) -> None:
    events = [submission(kitchen, name=str(number), tags=["x", str(number)]) for number in range(50)]
    ids = [outcome.task_id for outcome in admit(kitchen, *events)]
    assert ids == sorted(ids)
    assert [kitchen.again(event.uuid).id for event in events] == ids
    query = select(lines.c.task_id, lines.c.event).order_by(lines.c.seq)
    told = kitchen.database.read_now(lambda conn: conn.execute(query).all())
    assert told == [(task_id, "submitted") for task_id in ids]
    labels = kitchen.database.read_now(lambda conn: conn.execute(select(tags.c.task_id, tags.c.tag)).all())
    assert len(labels) == 100
    kitchen.database.read_now(audit)


def test_a_bad_one_refuses_itself_alone(kitchen: Kitchen) -> None:
    kitchen.task(shortname="taken")
    names = ["a", "taken", "b", "a", "c"]
    outcomes = admit(kitchen, *(submission(kitchen, shortname=name) for name in names))
    assert [isinstance(one, Arrived) for one in outcomes] == [True, False, True, False, True]
    assert all(isinstance(outcomes[n], Invalid) and names[n] in outcomes[n].message for n in (1, 3))
    kitchen.database.read_now(audit)


def test_what_is_said_again_has_the_task_that_it_had(kitchen: Kitchen) -> None:
    first = [submission(kitchen, tags=["x"]) for _ in range(3)]
    ids = [outcome.task_id for outcome in admit(kitchen, *first)]
    changed = submission(kitchen, uuid=first[1].uuid, name="other")
    outcomes = admit(kitchen, first[0], changed, first[2], submission(kitchen))
    assert outcomes[0] == Arrived(ids[0], again=True)
    assert isinstance(outcomes[1], Conflict)
    assert outcomes[2] == Arrived(ids[2], again=True)
    assert not outcomes[3].again
    told = kitchen.database.read_now(lambda conn: conn.execute(select(lines.c.seq)).all())
    assert len(told) == 4


def test_a_key_of_one_account_says_nothing_about_another(kitchen: Kitchen) -> None:
    mine = submission(kitchen)
    admit(kitchen, mine)
    (outcome,) = admit(kitchen, msgspec.structs.replace(mine, account_id=kitchen.other))
    assert isinstance(outcome, Conflict)


def test_a_list_is_stored_with_as_many_statements_as_one(kitchen: Kitchen) -> None:
    with statements(kitchen.database) as sent:
        admit(kitchen, *(submission(kitchen, tags=["x"], labels={"a": "1"}) for _ in range(3000)))
    assert len(sent) == 4, sent  # tasks, tags, labels, journal


def test_nothing_is_nothing(kitchen: Kitchen) -> None:
    assert admit(kitchen) == []
