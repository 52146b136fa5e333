"""The rows by which tasks are found that have a label: conditions of SQL."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, and_, false, select

from stokehold.domain.filter import Operator
from stokehold.store.comparisons import ORDERS, Condition
from stokehold.store.schema import labels


class Rows(NamedTuple):
    """Rows of another table, each of which belongs to one that is searched."""

    owner: ColumnElement[int]
    mine: Condition  # of the account
    holding: Condition

    def owners(self) -> Select[int]:
        return select(self.owner).where(self.mine, self.holding)


def rows(account_id: int, key: str, holding: Condition | None = None) -> Rows:
    """Those of one label, whatever its value unless `holding` says more."""
    named = labels.c.key == key
    wanted = named if holding is None else and_(named, holding)
    return Rows(labels.c.task_id, labels.c.account_id == account_id, wanted)


def compared(operator: Operator, values: Sequence[str]) -> Condition:
    """Whether the value of a label is one of these, or is ordered so to the first; they are shorter than heads."""
    if operator in ORDERS:
        return ORDERS[operator](labels.c.value_head, values[0]) if values else false()
    return labels.c.value_head.in_(values)
