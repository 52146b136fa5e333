import pytest
from sqlalchemy import bindparam, func, select
from sqlalchemy.exc import IntegrityError, OperationalError, ProgrammingError

from stokehold.store.bulk import Bulk
from stokehold.store.database import Connection, Database
from stokehold.store.prepared import Query, cursor
from stokehold.store.schema import journal, tags

ADD = Bulk(journal.insert(), ["at", "task_id", "event"])
LATE = Query(
    select(journal.c.at, journal.c.event).where(journal.c.at > bindparam("edge")).order_by(journal.c.at)
)
COUNT = Query(select(func.count()).select_from(journal))


def add(conn: Connection, *moments: int) -> None:
    ADD.execute(conn, [{"at": at, "task_id": 1, "event": "100% 'it'"} for at in moments])


def test_rows_have_the_names_of_their_columns(database: Database) -> None:
    database.write_now(add, 1, 2, 3)
    rows = database.read_now(lambda conn: LATE.all(conn, edge=1))
    assert [(row.at, row.event) for row in rows] == [(2, "100% 'it'"), (3, "100% 'it'")]


def test_a_query_without_rows_has_no_first_one_and_no_scalar(database: Database) -> None:
    assert database.read_now(lambda conn: (LATE.first(conn, edge=9), LATE.scalar(conn, edge=9))) == (
        None,
        None,
    )


def test_it_sees_what_its_own_transaction_has_written(database: Database) -> None:
    def both(conn: Connection) -> int:
        add(conn, 1, 2)
        return int(COUNT.scalar(conn))

    assert database.write_now(both) == 2


def test_errors_are_told_as_sqlalchemy_tells_them(database: Database) -> None:
    def broken(conn: Connection) -> None:
        Bulk(tags.insert(), ["task_id", "tag"]).execute(conn, [{"task_id": 404, "tag": None}])

    with pytest.raises(IntegrityError):
        database.write_now(broken)

    def senseless(conn: Connection) -> None:
        with cursor(conn, "SELEC 1") as opened:
            opened.execute("SELEC 1")

    with pytest.raises((OperationalError, ProgrammingError)):
        database.read_now(senseless)


def test_a_statement_may_hold_values_of_its_own(database: Database) -> None:
    query = Query(select(journal.c.at).where(journal.c.at == bindparam("at"), journal.c.event == "100% 'it'"))
    database.write_now(add, 1, 2)
    assert database.read_now(lambda conn: [row.at for row in query.all(conn, at=2)]) == [2]
