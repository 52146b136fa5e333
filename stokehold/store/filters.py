"""Filters of tasks and jobs as conditions of SQL."""

import json
import operator as comparing
import re
from collections.abc import Callable, Iterator
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
    literal_column,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import JSONB

from stokehold.domain import patterns
from stokehold.domain.errors import Invalid
from stokehold.domain.filter import Filter, Group, Leaf, Operator, Scalar
from stokehold.domain.moments import date, timespan
from stokehold.store.fields import Field, Kind, field
from stokehold.store.job_fields import job_field
from stokehold.store.job_schema import job_tags, jobs
from stokehold.store.schema import NAME_HEAD, tags, tasks

Condition = ColumnElement[bool]

FEW = 2000  # tasks that are looked up by their ids

_LARGEST = 2**63 - 1
_LAST_CHARACTER, _SURROGATES, _PAST_SURROGATES = 0x10FFFF, 0xD800, 0xE000
_LITERAL = re.compile(r"\^((?:[A-Za-z0-9_\-/: @=,;<>!%&~'\"]|\\[^A-Za-z0-9])*)")
_HOLDS = {Operator.EQUAL, Operator.IN}
_ORDERS: dict[Operator, Callable[[Any, Any], Condition]] = {
    Operator.LESS_THAN: comparing.lt,
    Operator.LESS_THAN_OR_EQUAL: comparing.le,
    Operator.GREATER_THAN: comparing.gt,
    Operator.GREATER_THAN_OR_EQUAL: comparing.ge,
}


class Subject(NamedTuple):
    """What is searched: a table, the columns of its tags, those of an account, and its fields."""

    table: Table
    tag: ColumnElement[str]
    tagged: ColumnElement[int]
    of_account: Callable[[int], Condition]
    field: Callable[[str, str], Field]


TASKS = Subject(tasks, tags.c.tag, tags.c.task_id, lambda account_id: tags.c.account_id == account_id, field)
JOBS = Subject(
    jobs,
    job_tags.c.tag,
    job_tags.c.job_id,
    lambda account_id: job_tags.c.job_id.in_(select(jobs.c.id).where(jobs.c.account_id == account_id)),
    job_field,
)


class Search:
    """What a client looks for among the tasks, or the jobs, of an account. Raises Invalid naming an unknown field.

    `where` is the condition for reading them in an order, from which a page takes the first that match. SQLite knows
    nothing of how many have a tag or a name, so that is found out first: a few are looked up by their ids.
    """

    def __init__(
        self, conn: Connection, account_id: int, wanted: Filter, now: int, subject: Subject = TASKS
    ) -> None:
        self.subject, self.table = subject, subject.table
        self.conn, self.account_id, self.wanted, self.now = conn, account_id, wanted, now
        self.dialect = conn.dialect.name
        self._counting = self._few = False
        self._found: dict[Leaf, list[int] | None] = {}
        self.where = self._all()

    def total(self) -> int:
        """How many there are."""
        tag = _only_tag(self.wanted)
        if tag is not None:
            return self.conn.execute(select(func.count()).where(*self._tagged([tag]))).scalar_one()
        self._counting = True
        query = select(func.count()).select_from(self.table).where(self._all())
        return self.conn.execute(query).scalar_one()

    def _all(self) -> Condition:
        self._few = False
        condition = self.condition(self.wanted, every=True)
        mine = self.table.c.account_id == self.account_id
        if self._few and self.dialect == "sqlite":
            # With the plus, SQLite looks the ids up instead of going through all that the account has.
            column = f"+{self.table.name}.account_id"
            mine = literal_column(column, self.table.c.account_id.type) == self.account_id
        return and_(mine, condition)

    def condition(self, wanted: Filter, *, every: bool) -> Condition:
        """`every`: nothing else can make a task match."""
        if isinstance(wanted, Leaf):
            return self._leaf(wanted, every=every)
        parts = [self.condition(one, every=every and wanted.every) for one in wanted.filters]
        if not parts:
            return true()
        return and_(*parts) if wanted.every else or_(*parts)

    def _leaf(self, leaf: Leaf, *, every: bool) -> Condition:
        known = self.subject.field(leaf.field, leaf.path)
        if leaf.operator is Operator.LIKE:
            return self._like(leaf, known, every=every)
        if known.kind in {Kind.TAGS, Kind.LIST}:
            return self._contains(leaf, known, every=every)
        values = [_value(known.kind, value, leaf) for value in leaf.values]
        if known.head is not None and all(len(value) < NAME_HEAD for value in values if value is not None):
            return _compared(known.head, leaf.operator, values)
        return _compared(known.sql(self.dialect, self.now), leaf.operator, values)

    def _contains(self, leaf: Leaf, known: Field, *, every: bool) -> Condition:
        """A comparison with a list asks whether the list contains."""
        if leaf.operator not in {Operator.EQUAL, Operator.NOT_EQUAL, Operator.IN, Operator.NOT_IN}:
            raise Invalid(f"{leaf.path}.operator", f"{leaf.field} is a list: {leaf.operator} does not apply")
        wanted, holds = sorted({_text(value) for value in leaf.values}), leaf.operator in _HOLDS
        if known.kind is Kind.TAGS:
            found = self._has_tag(leaf, wanted, every=every and holds)
        else:
            listed = known.sql(self.dialect, self.now)
            found = listed.where(listed.selected_columns[0].in_(wanted)).correlate(self.table).exists()
        return found if holds else ~found

    def _has_tag(self, leaf: Leaf, names: list[str], *, every: bool) -> Condition:
        query = select(self.subject.tagged).where(*self._tagged(names))
        if leaf not in self._found:
            ids = list(self.conn.execute(query.limit(FEW + 1)).scalars())
            self._found[leaf] = ids if len(ids) <= FEW else None
        ids_or_many = self._found[leaf]
        if ids_or_many is not None:
            return self._among(ids_or_many, every=every)
        if self._counting:  # each is looked at: one list of all that have it is best
            return self.table.c.id.in_(query)
        having = (self.subject.tagged == self.table.c.id, self.subject.tag.in_(names))
        return select(self.subject.tag).where(*having).correlate(self.table).exists()

    def _tagged(self, names: list[str]) -> tuple[Condition, ...]:
        return self.subject.of_account(self.account_id), self.subject.tag.in_(names)

    def _among(self, ids: list[int], *, every: bool) -> Condition:
        self._few = self._few or (every and len(ids) <= FEW)
        return self.table.c.id.in_(self._numbers(ids))

    def _like(self, leaf: Leaf, known: Field, *, every: bool) -> Condition:
        """Regular expressions run here, not in the database: SQLite has none, and PostgreSQL's are others."""
        text = str(leaf.values[0] if leaf.values[0] is not None else "")
        text = text[1:-1] if len(text) > 1 and text.startswith("/") and text.endswith("/") else text
        patterns.check(leaf.field, text)
        if known.kind is Kind.TAGS:
            return self._tags_like(leaf, patterns.matcher(text, leaf.field), every=every)
        if known.kind is not Kind.TEXT:
            raise Invalid(f"{leaf.path}.operator", f"Like compares texts, and {leaf.field} is none")
        simple = _LITERAL.fullmatch(text or "^")
        if simple:
            return self._begins(known, re.sub(r"\\(.)", r"\1", simple[1]))
        ids = self._found.get(leaf)
        if ids is None:
            ids = self._found[leaf] = self._matching(known, text, leaf.field)
        return self._among(ids, every=every)

    def _begins(self, known: Field, prefix: str) -> Condition:
        sql = known.sql(self.dialect, self.now)
        if known.head is None:
            return func.substr(sql, 1, len(prefix)) == prefix if prefix else sql.is_not(None)
        beyond = _successor(prefix[:NAME_HEAD])
        inside = and_(known.head >= prefix[:NAME_HEAD], known.head < beyond if beyond else true())
        if len(prefix) <= NAME_HEAD:
            return inside
        return and_(inside, func.substr(sql, 1, len(prefix)) == prefix)

    def _matching(self, known: Field, pattern: str, name: str) -> list[int]:
        """Those that a regular expression finds."""
        matches = patterns.matcher(pattern, name)
        return [
            row_id for row_id, text in self._candidates(known, pattern) if text is not None and matches(text)
        ]

    def _candidates(self, known: Field, pattern: str) -> Iterator[tuple[int, str | None]]:
        """Ids and texts of those that have what everything that the pattern finds must have."""
        sql = known.sql(self.dialect, self.now)
        find = func.strpos if self.dialect == "postgresql" else func.instr
        shown = sql if known.head is None else known.head
        parts, lowered = patterns.required(pattern)
        read = func.lower(shown) if lowered else shown
        holding = and_(True, *(find(read, part) > 0 for part in parts))
        mine = self.table.c.account_id == self.account_id
        if known.head is None:
            yield from map(tuple, self.conn.execute(select(self.table.c.id, sql).where(mine, holding)))
            return
        cut = func.length(known.head) == NAME_HEAD
        longer = []
        for row_id, head in self.conn.execute(
            select(self.table.c.id, known.head).where(mine, or_(holding, cut))
        ):
            if len(head) < NAME_HEAD:
                yield row_id, head
            else:
                longer.append(row_id)
        if longer:
            whole = select(self.table.c.id, sql).where(self.table.c.id.in_(self._numbers(longer)))
            yield from map(tuple, self.conn.execute(whole))

    def _tags_like(self, leaf: Leaf, matches: Callable[[str], bool], *, every: bool) -> Condition:
        """Of a few tags, many tasks have each."""
        query = select(self.subject.tag).where(self.subject.of_account(self.account_id)).distinct()
        names = [name for name in self.conn.execute(query).scalars() if matches(name)]
        return self._has_tag(leaf, names, every=every)

    def _numbers(self, ids: list[int]) -> Any:
        """A subquery of numbers: as one parameter, because a list of parameters has a limit."""
        if self.dialect == "postgresql":
            listed = func.jsonb_array_elements_text(literal(ids, JSONB)).table_valued("value")
            return select(cast(listed.c.value, BigInteger))
        return select(func.json_each(json.dumps(ids)).table_valued("value").c.value)


def _only_tag(wanted: Filter) -> str | None:
    """The tag that is the whole of a filter."""
    while isinstance(wanted, Group) and len(wanted.filters) == 1:
        wanted = wanted.filters[0]
    if not isinstance(wanted, Leaf) or wanted.operator not in _HOLDS or len(wanted.values) != 1:
        return None
    return _text(wanted.values[0]) if field(wanted.field, wanted.path).kind is Kind.TAGS else None


def _successor(prefix: str) -> str | None:
    """The first text after all those that begin with `prefix`, by the order of bytes; None: there is none."""
    for index in range(len(prefix) - 1, -1, -1):
        code = ord(prefix[index]) + 1
        if code <= _LAST_CHARACTER:
            return prefix[:index] + chr(_PAST_SURROGATES if code == _SURROGATES else code)
    return None


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
