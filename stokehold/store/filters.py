"""Filters of tasks as conditions of SQL."""

import json
import operator as comparing
import re
from collections.abc import Callable
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Table,
    and_,
    cast,
    func,
    literal,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import JSONB

from stokehold.domain import patterns
from stokehold.domain.errors import Invalid
from stokehold.domain.filter import Filter, Leaf, Operator, Scalar
from stokehold.domain.moments import date, timespan
from stokehold.store.fields import Field, Kind, field
from stokehold.store.job_fields import job_field
from stokehold.store.job_schema import job_tags, jobs
from stokehold.store.schema import tags, tasks

Condition = ColumnElement[bool]

_LARGEST = 2**63 - 1
_LITERAL = re.compile(r"\^((?:[A-Za-z0-9_\-/: @=,;<>!%&~'\"]|\\[^A-Za-z0-9])*)")
_ORDERS: dict[Operator, Callable[[Any, Any], Condition]] = {
    Operator.LESS_THAN: comparing.lt,
    Operator.LESS_THAN_OR_EQUAL: comparing.le,
    Operator.GREATER_THAN: comparing.gt,
    Operator.GREATER_THAN_OR_EQUAL: comparing.ge,
}


class Subject(NamedTuple):
    """What is searched: a table, the columns of its tags, and its fields."""

    table: Table
    tag: ColumnElement[str]
    tagged: ColumnElement[int]
    field: Callable[[str, str], Field]


TASKS = Subject(tasks, tags.c.tag, tags.c.task_id, field)
JOBS = Subject(jobs, job_tags.c.tag, job_tags.c.job_id, job_field)


def where(conn: Connection, account_id: int, wanted: Filter, now: int, subject: Subject = TASKS) -> Condition:
    """The condition that a task, or a job, of the account is wanted. Raises Invalid naming an unknown field."""
    return _Compiler(conn, account_id, now, subject).condition(wanted)


class _Compiler:
    def __init__(self, conn: Connection, account_id: int, now: int, subject: Subject) -> None:
        self.conn, self.account_id, self.now, self.subject = conn, account_id, now, subject
        self.dialect = conn.dialect.name

    def condition(self, wanted: Filter) -> Condition:
        if isinstance(wanted, Leaf):
            return self._leaf(wanted)
        parts = [self.condition(one) for one in wanted.filters]
        if not parts:
            return true()
        return and_(*parts) if wanted.every else or_(*parts)

    def _leaf(self, leaf: Leaf) -> Condition:
        known = self.subject.field(leaf.field, leaf.path)
        if leaf.operator is Operator.LIKE:
            return self._like(leaf, known)
        if known.kind is Kind.TAGS:
            return _tagged(leaf, self.subject)
        if known.kind is Kind.EMPTY:
            _refuse_order(leaf)
            return literal(leaf.operator in {Operator.NOT_EQUAL, Operator.NOT_IN})
        values = [_value(known.kind, value, leaf) for value in leaf.values]
        return _compared(known.sql(self.dialect, self.now), leaf.operator, values)

    def _like(self, leaf: Leaf, known: Field) -> Condition:
        """Regular expressions run here, not in the database: SQLite has none, and PostgreSQL's are others."""
        text = str(leaf.values[0] if leaf.values[0] is not None else "")
        text = text[1:-1] if len(text) > 1 and text.startswith("/") and text.endswith("/") else text
        patterns.check(leaf.field, text)
        if known.kind is Kind.EMPTY:
            return literal(False)
        if known.kind not in {Kind.TEXT, Kind.TAGS}:
            raise Invalid(f"{leaf.path}.operator", f"Like compares texts, and {leaf.field} is none")
        simple = _LITERAL.fullmatch(text)
        if simple and known.kind is Kind.TEXT:
            return _begins(known.sql(self.dialect, self.now), re.sub(r"\\(.)", r"\1", simple[1]))
        return self.subject.table.c.id.in_(
            self._numbers(self._matching(known, patterns.matcher(text, leaf.field)))
        )

    def _matching(self, known: Field, matches: Callable[[str], bool]) -> list[int]:
        table, tag, tagged, _ = self.subject
        if known.kind is Kind.TAGS:
            query = select(tagged, tag).join(table, table.c.id == tagged)
        else:
            query = select(table.c.id, known.sql(self.dialect, self.now))
        rows = self.conn.execute(query.where(table.c.account_id == self.account_id))
        return [row_id for row_id, text in rows if text is not None and matches(text)]

    def _numbers(self, ids: list[int]) -> Any:
        """A subquery of numbers: as one parameter, because a list of parameters has a limit."""
        if self.dialect == "postgresql":
            listed = func.jsonb_array_elements_text(literal(ids, JSONB)).table_valued("value")
            return select(cast(listed.c.value, BigInteger))
        return select(func.json_each(json.dumps(ids)).table_valued("value").c.value)


def _begins(sql: ColumnElement[Any], prefix: str) -> Condition:
    return func.substr(sql, 1, len(prefix)) == prefix if prefix else sql.is_not(None)


def _tagged(leaf: Leaf, subject: Subject) -> Condition:
    """A comparison with a list asks whether the list contains."""
    _refuse_order(leaf)
    table, tag, tagged, _ = subject
    found = select(tag).where(tagged == table.c.id, tag.in_([_text(v) for v in leaf.values]))
    holds = found.exists()
    return holds if leaf.operator in {Operator.EQUAL, Operator.IN} else ~holds


def _refuse_order(leaf: Leaf) -> None:
    if leaf.operator not in {Operator.EQUAL, Operator.NOT_EQUAL, Operator.IN, Operator.NOT_IN}:
        raise Invalid(f"{leaf.path}.operator", f"{leaf.field} is a list: {leaf.operator} does not apply")


def _compared(sql: ColumnElement[Any], operator: Operator, values: list[Any]) -> Condition:
    """A field without a value is unequal to everything, and neither less nor greater."""
    given = [value for value in values if value is not None]
    match operator:
        case Operator.EQUAL:
            return sql == given[0] if given else sql.is_(None)
        case Operator.NOT_EQUAL:
            return or_(sql.is_(None), sql != given[0]) if given else sql.is_not(None)
        case Operator.IN:
            return or_(sql.in_(given), sql.is_(None)) if len(given) < len(values) else sql.in_(given)
        case Operator.NOT_IN:
            outside = sql.not_in(given) if given else sql.is_not(None)
            return (
                and_(sql.is_not(None), outside) if len(given) < len(values) else or_(sql.is_(None), outside)
            )
    return _ORDERS[operator](sql, given[0]) if given else literal(False)


def _value(kind: Kind, value: Scalar, leaf: Leaf) -> Any:
    path = f"{leaf.path}.value ({leaf.field})"
    if value is None:
        return None
    match kind:
        case Kind.MOMENT:
            return date(_text(value), path)
        case Kind.SPAN:
            return timespan(_text(value), path)
        case Kind.NUMBER:
            return _number(value, path)
        case _:
            return _text(value)


def _number(value: Scalar, path: str) -> int | float:
    try:
        number = float(_text(value)) if not isinstance(value, int) else value
        exact = int(number)
    except (ValueError, OverflowError):
        raise Invalid(path, f"{_text(value)[:60]!r} is not a number") from None
    if abs(exact) > _LARGEST:
        return _LARGEST if exact > 0 else -_LARGEST
    return exact if exact == number else float(number)


def _text(value: Scalar) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)
