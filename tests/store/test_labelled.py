import pytest
from sqlalchemy import select

from stokehold.domain.filter import Operator
from stokehold.store import labelled
from stokehold.store.database import Connection, Database
from stokehold.store.schema import LABEL_KEY, NAME_HEAD, labels
from tests.store.kitchen import Kitchen


@pytest.fixture
def kitchen(database: Database) -> Kitchen:
    return Kitchen(database)


def test_every_label_of_a_task_has_a_row_but_for_those_with_a_long_key(kitchen: Kitchen) -> None:
    long = "é" * (NAME_HEAD + 1)
    task = kitchen.task(
        labels={"a": "1", "b": "", "k" * LABEL_KEY: "x", "k" * LABEL_KEY + "k": "x", "v": long}
    )
    kitchen.task()

    def query(conn: Connection) -> list[tuple[object, ...]]:
        return sorted(map(tuple, conn.execute(select(labels))))

    heads = [("a", "1"), ("b", ""), ("k" * LABEL_KEY, "x"), ("v", long[:NAME_HEAD])]
    assert kitchen.database.read_now(query) == [(task.id, *head, kitchen.account) for head in heads]


@pytest.mark.parametrize(
    ("operator", "given", "names"),
    [
        (Operator.EQUAL, ["a"], ["a"]),
        (Operator.IN, ["a", "c"], ["a", "c"]),
        (Operator.IN, [], []),
        (Operator.GREATER_THAN, ["B"], ["a", "c"]),
        (Operator.LESS_THAN_OR_EQUAL, ["a"], ["B", "a"]),
        (Operator.LESS_THAN, [], []),
    ],
)
def test_owners_are_those_whose_label_compares_so(
    kitchen: Kitchen, operator: Operator, given: list[str], names: list[str]
) -> None:
    ids = {name: kitchen.task(labels={"crew": name, "other": "a"}).id for name in ("a", "B", "c")}
    kitchen.task(account_id=kitchen.other, labels={"crew": "a"})
    found = labelled.rows(kitchen.account, "crew", labelled.compared(operator, given)).owners()
    owners = kitchen.database.read_now(lambda conn: set(conn.execute(found).scalars()))
    assert owners == {ids[name] for name in names}
