from sqlalchemy import bindparam, select

from stokehold.store.bulk import Bulk
from stokehold.store.database import Database
from stokehold.store.schema import journal

INSERT = Bulk(journal.insert(), ["at", "task_id", "event"])
UPDATE = Bulk(journal.update().where(journal.c.at == bindparam("key")).values(data=bindparam("text")))


def rows(count: int) -> list[dict[str, object]]:
    return [{"at": n, "task_id": 1, "event": "100% 'it'"} for n in range(count)]


def test_every_row_is_written_in_its_order(database: Database) -> None:
    assert database.write_now(INSERT.execute, rows(300)) == 300
    found = database.read_now(lambda conn: conn.execute(select(journal).order_by(journal.c.seq)).all())
    assert [row.at for row in found] == list(range(300))
    assert {row.event for row in found} == {"100% 'it'"}


def test_no_rows_are_no_statement(database: Database) -> None:
    assert database.write_now(INSERT.execute, []) == 0


def test_it_tells_how_many_rows_were_touched(database: Database) -> None:
    database.write_now(INSERT.execute, rows(2))
    changes = [{"key": n, "text": None if n else "x"} for n in range(5)]
    assert database.write_now(UPDATE.execute, changes) == 2
    found = database.read_now(
        lambda conn: conn.execute(select(journal.c.data).order_by(journal.c.at)).scalars().all()
    )
    assert found == ["x", None]


def test_fields_that_the_statement_does_not_name_are_left_out(database: Database) -> None:
    assert database.write_now(INSERT.execute, [{**rows(1)[0], "more": 1}]) == 1
