import pytest
from sqlalchemy import Boolean, Column, Integer, MetaData, Table, Text, UniqueConstraint, select

from stokehold.store.database import Connection, Database
from stokehold.store.insertion import Insertion
from stokehold.store.schema import Id
from tests.store.statements import statements

RULERS = Table(
    "rulers",
    MetaData(),
    Column("id", Id, primary_key=True),
    Column("name", Text, nullable=False),
    Column("born", Id),
    Column("mild", Boolean, nullable=False),
    Column("house", Text, nullable=False, default="o'x"),
    Column("wars", Integer, nullable=False, default=3),
    Column("alive", Boolean, nullable=False, default=False),
    UniqueConstraint("name"),
)
INSERT = Insertion(RULERS, ("name", "born", "mild"), ("name", "id"))


def ruler(name: str, born: int | None = 2**60 + 1, *, mild: bool = True) -> dict[str, object]:
    return {"name": name, "born": born, "mild": mild}


@pytest.fixture(autouse=True)
def _rulers(database: Database) -> None:
    database.write_now(RULERS.create)


def stored(database: Database) -> list[tuple[object, ...]]:
    def query(conn: Connection) -> list[tuple[object, ...]]:
        return [tuple(row) for row in conn.execute(select(RULERS).order_by(RULERS.c.id))]

    return database.read_now(query)


def test_values_arrive_as_they_are_and_defaults_where_none_is_given(database: Database) -> None:
    names = ["plain", 'with "quotes"\n', "o'clock", "é\u2028😀", "\\", ""]
    database.write_now(INSERT.execute, [ruler(name) for name in names])
    database.write_now(INSERT.execute, [ruler("nobody knows", None, mild=False)])
    rows = stored(database)
    assert [row[1:4] for row in rows] == [
        *((name, 2**60 + 1, True) for name in names),
        ("nobody knows", None, False),
    ]
    assert {row[4:] for row in rows} == {("o'x", 3, False)}


def test_ids_rise_in_the_order_of_the_rows(database: Database) -> None:
    found = database.write_now(INSERT.execute, [ruler(str(number)) for number in range(3000)])
    assert [name for name, _ in sorted(found, key=lambda row: row[1])] == [str(n) for n in range(3000)]


def test_rows_that_are_there_already_are_left_out(database: Database) -> None:
    database.write_now(INSERT.execute, [ruler("a")])
    found = database.write_now(INSERT.execute, [ruler("b"), ruler("a"), ruler("c"), ruler("b")])
    assert sorted(name for name, _ in found) == ["b", "c"]
    assert len(stored(database)) == 3


def test_a_list_is_one_statement_and_nothing_is_none(database: Database) -> None:
    with statements(database) as sent:
        database.write_now(INSERT.execute, [ruler(str(number)) for number in range(3000)])
        assert database.write_now(INSERT.execute, []) == []
    assert len(sent) == 1
