from typing import Any

import pytest
from sqlalchemy import Text, cast, literal, select, union_all

from stokehold.domain.errors import Invalid
from stokehold.domain.filter import Leaf, Operator
from stokehold.store.comparisons import begins, compared, read, successor
from stokehold.store.database import Connection, Database
from stokehold.store.fields import Kind

_ROWS = [
    select(literal(number).label("id"), cast(literal(name), Text).label("colour"))
    for number, name in ((1, "red"), (2, "blue"), (3, None))
]
COLOURS = union_all(*_ROWS).subquery()


def compare(database: Database, operator: Operator, *given: str | None) -> list[int]:
    """Which of the colours compare so."""
    found = compared(COLOURS.c.colour, operator, list(given))

    def query(conn: Connection) -> list[int]:
        return sorted(conn.execute(select(COLOURS.c.id).where(found)).scalars())

    return database.read_now(query)


@pytest.mark.parametrize(
    ("operator", "given", "ids"),
    [
        (Operator.EQUAL, ["red"], [1]),
        (Operator.EQUAL, [None], [3]),
        (Operator.NOT_EQUAL, ["red"], [2, 3]),
        (Operator.NOT_EQUAL, [None], [1, 2]),
        (Operator.IN, ["red", None], [1, 3]),
        (Operator.IN, [], []),
        (Operator.NOT_IN, ["red"], [2, 3]),
        (Operator.NOT_IN, ["red", None], [2]),
        (Operator.NOT_IN, [], [1, 2, 3]),
        (Operator.GREATER_THAN, ["blue"], [1]),
        (Operator.LESS_THAN, [None], []),
    ],
)
def test_what_has_no_value_is_unequal_and_neither_less_nor_greater(
    database: Database, operator: Operator, given: list[Any], ids: list[int]
) -> None:
    assert compare(database, operator, *given) == ids


@pytest.mark.parametrize(
    ("prefix", "beyond"),
    [("a", "b"), ("a\U0010ffff", "b"), ("\ud7ff", "\ue000"), ("\U0010ffff", None), ("", None)],
)
def test_the_successor_is_past_all_that_begins_so(prefix: str, beyond: str | None) -> None:
    assert successor(prefix) == beyond


def test_everything_begins_with_nothing(database: Database) -> None:
    query = select(COLOURS.c.id).where(begins(COLOURS.c.colour, ""))
    assert database.read_now(lambda conn: sorted(conn.execute(query).scalars())) == [1, 2]


@pytest.mark.parametrize(
    ("kind", "written", "value"),
    [
        (Kind.NUMBER, "3", 3),
        (Kind.NUMBER, 1.5, 1.5),
        (Kind.NUMBER, 10**40, 2**63 - 1),
        (Kind.SPAN, "00:00:01", 1_000_000),
        (Kind.MOMENT, "1970-01-01T00:00:01Z", 1_000_000),
        (Kind.TEXT, True, "true"),
        (Kind.TEXT, 1, "1"),
        (Kind.TEXT, None, None),
    ],
)
def test_what_clients_write_is_read_as_the_field_has_it(kind: Kind, written: Any, value: Any) -> None:
    assert read(kind, written, Leaf("F", Operator.EQUAL, (written,))) == value


@pytest.mark.parametrize("kind", [Kind.NUMBER, Kind.SPAN, Kind.MOMENT])
def test_what_cannot_be_read_is_named_with_its_place(kind: Kind) -> None:
    with pytest.raises(Invalid, match=r"^filter\.x\.value \(F\): "):
        read(kind, "soon", Leaf("F", Operator.EQUAL, ("soon",), "filter.x"))
