import pytest
from sqlalchemy import select, update

from stokehold.domain.errors import Conflict
from stokehold.domain.events import AbortAsked
from stokehold.domain.protocol import Ended, Lost, Returned
from stokehold.domain.react import Move
from stokehold.domain.states import Phase
from stokehold.store import attempts
from stokehold.store.attempts import AttemptRows
from stokehold.store.database import Connection, Database
from stokehold.store.schema import actions
from stokehold.store.schema import attempts as table
from tests.store.kitchen import Kitchen


@pytest.fixture
def kitchen(database: Database) -> Kitchen:
    return Kitchen(database)


@pytest.mark.parametrize("token", ["", "x", ".", "x.1", "-1.x", "1e3.x", "٣.x", " 1.x", "9" * 19 + ".x"])
def test_what_is_no_token_names_no_row(token: str) -> None:
    assert attempts.attempt_id(token) is None


def test_a_token_names_its_row() -> None:
    assert attempts.attempt_id(attempts.token_of(17, "secret.with.dots")) == 17


def test_an_attempt_is_current_under_its_own_token_only(kitchen: Kitchen) -> None:
    kitchen.task()
    token = kitchen.lease(1)[0].token
    forged = token.partition(".")[0] + ".forged"

    def current(*tokens: str) -> set[str]:
        return set(kitchen.database.read_now(attempts.current, tokens))

    assert current(token) == current(token, forged) == {token}
    assert current(forged) == current() == set()
    kitchen.end(token)
    assert current(token) == set()


def test_a_node_holds_what_it_leased_until_it_ends(kitchen: Kitchen) -> None:
    kitchen.task(instance_count=3)
    one, two, three = (lease.token for lease in kitchen.lease(3))
    kitchen.record(Ended(one, kitchen.now), Returned(two))
    held = kitchen.database.read_now(attempts.held_by, kitchen.node)
    assert [a.token for a in held] == [three]
    assert held[0].phase is Phase.LEASED


def test_the_database_refuses_a_second_holder(kitchen: Kitchen) -> None:
    kitchen.task()
    kitchen.lease(1)

    def copy(conn: Connection) -> None:
        row = dict(conn.execute(select(table)).one()._mapping)
        conn.execute(table.insert(), {**row, "id": 99, "number": 2})

    with pytest.raises(Exception, match=r"(?i)unique"):
        kitchen.database.write_now(copy)


def test_a_row_that_moved_behind_the_journals_back_undoes_the_batch(kitchen: Kitchen) -> None:
    kitchen.task()
    token = kitchen.lease(1)[0].token

    def meddle(conn: Connection) -> None:
        rows = AttemptRows(conn, 1)
        rows.load([token])
        rows.moved(rows.held[token], Move(Phase.EXECUTION), object())
        conn.execute(update(table).values(phase="upload"))
        rows.write()

    with pytest.raises(Conflict):
        kitchen.database.write_now(meddle)
    assert kitchen.database.read_now(attempts.current, [token])[token].phase is Phase.LEASED


def test_row_ids_begin_at_one_and_go_up(kitchen: Kitchen) -> None:
    assert kitchen.database.read_now(attempts.next_id) == 1
    kitchen.task(instance_count=2)
    kitchen.lease(2)
    assert kitchen.database.read_now(attempts.next_id) == 3


def test_a_token_is_not_valid_for_another_attempt_in_the_same_row(kitchen: Kitchen) -> None:
    """A row id comes again when the last attempt was returned; the secret does not."""
    task = kitchen.task()
    old = kitchen.lease(1)[0].token
    kitchen.record(Returned(old))
    new = kitchen.lease(1)[0].token
    assert attempts.attempt_id(new) == attempts.attempt_id(old)
    kitchen.record(Ended(old, kitchen.now), Lost(old))
    assert kitchen.again(task.uuid).dispatched == 1


def test_the_number_of_a_stop_never_comes_again(kitchen: Kitchen) -> None:
    """Runners remember the last they saw, and would take the next one for old."""

    def newest(conn: Connection) -> int:
        return int(conn.execute(select(actions.c.id).order_by(actions.c.id.desc()).limit(1)).scalar_one())

    seen = []
    for _ in range(3):
        task = kitchen.task()
        kitchen.lease(1)
        kitchen.record(AbortAsked(task.id))
        seen.append(kitchen.database.read_now(newest))
        kitchen.database.write_now(lambda conn: conn.execute(table.delete()))
    assert seen == sorted(set(seen))
