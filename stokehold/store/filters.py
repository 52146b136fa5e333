"""Filters of tasks and jobs as conditions of SQL."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from msgspec.structs import replace
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Select,
    Table,
    and_,
    cast,
    false,
    func,
    literal,
    literal_column,
    or_,
    select,
    true,
    union,
)
from sqlalchemy.dialects.postgresql import JSONB

from stokehold.domain import patterns
from stokehold.domain.errors import Invalid
from stokehold.domain.filter import Filter, Group, Leaf, Operator
from stokehold.store import comparisons, labelled
from stokehold.store.comparisons import HOLDS, ORDERS, Condition
from stokehold.store.fields import Field, Kind, field
from stokehold.store.job_fields import job_field
from stokehold.store.job_schema import job_tags, jobs
from stokehold.store.labelled import Rows
from stokehold.store.schema import LONG_NAMED, NAME_HEAD, tags, tasks

FEW = 2000  # tasks that are looked up by their ids
SOME = 25_000  # ids that SQLite puts together faster than it looks at all the tasks of a large account

_LITERAL = re.compile(r"\^((?:[A-Za-z0-9_\-/: @=,;<>!%&~'\"]|\\[^A-Za-z0-9])*)")
_OPPOSITES = {Operator.NOT_EQUAL: Operator.EQUAL, Operator.NOT_IN: Operator.IN}


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
        self._found: dict[Leaf | str, list[int] | None] = {}
        self._longer: dict[Leaf, list[int]] = {}
        self._mine = self.table.c.account_id == account_id
        self.where = self._all()

    def counting(self) -> Callable[[Connection], int]:
        """What finds out, on any connection that sees the same, how many there are."""
        rows = self._rows(_unwrapped(self.wanted))
        either = None if rows is not None else self._either()
        if rows is not None:
            query = select(func.count()).where(rows.mine, rows.holding)
        elif either:
            query = select(func.count()).select_from(union(*either).subquery())
        else:
            self._counting = True
            query = select(func.count()).select_from(self.table).where(self._all())
        return lambda conn: conn.execute(query).scalar_one()

    def _either(self) -> list[Select[int]]:
        """The ids of each part of a search for any of some, when each has its index and there are not many."""
        wanted = _unwrapped(self.wanted)
        if self.dialect != "sqlite" or isinstance(wanted, Leaf) or wanted.every:
            return []
        found = [self._rows(_unwrapped(one)) for one in wanted.filters]
        each = [rows.owners() for rows in found if rows is not None]
        counts = (select(func.count()).select_from(ids.limit(SOME).subquery()) for ids in each)
        if len(each) < len(found) or sum(self.conn.execute(one).scalar_one() for one in counts) >= SOME:
            return []
        return each

    def _all(self) -> Condition:
        self._few = False
        condition = self.condition(self.wanted, every=True)
        mine = self._mine
        if self._few and self.dialect == "sqlite":
            # With the plus, SQLite looks the ids up instead of going through all that the account has.
            column = f"+{self.table.name}.account_id"
            mine = literal_column(column, self.table.c.account_id.type) == self.account_id
        return and_(mine, condition)

    def condition(self, wanted: Filter, *, every: bool) -> Condition:
        """`every`: nothing else can make a task match."""
        if isinstance(wanted, Leaf):
            return self._leaf(wanted, every=every)
        # Databases look from left to right: what the task itself tells comes before what other tables do.
        filters = sorted(wanted.filters, key=self._elsewhere)
        parts = [self.condition(one, every=every and wanted.every) for one in filters]
        if not parts:
            return true()
        return and_(*parts) if wanted.every else or_(*parts)

    def _elsewhere(self, wanted: Filter) -> bool:
        """Whether rows of other tables have to be looked at."""
        if isinstance(wanted, Group):
            return any(self._elsewhere(one) for one in wanted.filters)
        known = self.subject.field(wanted.field, wanted.path)
        return known.kind in {Kind.TAGS, Kind.LIST} or known.label is not None

    def _leaf(self, leaf: Leaf, *, every: bool) -> Condition:
        known = self.subject.field(leaf.field, leaf.path)
        if leaf.operator is Operator.LIKE:
            return self._like(leaf, known, every=every)
        if known.kind in {Kind.TAGS, Kind.LIST}:
            return self._contains(leaf, known, every=every)
        values = [comparisons.read(known.kind, value, leaf) for value in leaf.values]
        if known.head is None or not _brief(values):
            return comparisons.compared(known.sql(self.dialect, self.now), leaf.operator, values)
        if known.label is not None:
            return self._labelled(leaf, known, values, every=every)
        return comparisons.compared(known.head, leaf.operator, values)

    def _contains(self, leaf: Leaf, known: Field, *, every: bool) -> Condition:
        """A comparison with a list asks whether the list contains."""
        if leaf.operator not in {Operator.EQUAL, Operator.NOT_EQUAL, Operator.IN, Operator.NOT_IN}:
            raise Invalid(f"{leaf.path}.operator", f"{leaf.field} is a list: {leaf.operator} does not apply")
        wanted, holds = sorted({comparisons.text(value) for value in leaf.values}), leaf.operator in HOLDS
        if known.kind is Kind.TAGS:
            found = self._has(leaf, self._tagged(wanted), every=every and holds)
        else:
            listed = known.sql(self.dialect, self.now)
            found = listed.where(listed.selected_columns[0].in_(wanted)).correlate(self.table).exists()
        return found if holds else ~found

    def _labelled(self, leaf: Leaf, known: Field, values: list[Any], *, every: bool) -> Condition:
        """A comparison with a label: of its row, which a task without the label does not have."""
        if leaf.operator in _OPPOSITES:
            opposite = replace(leaf, operator=_OPPOSITES[leaf.operator])
            return ~self._labelled(opposite, known, values, every=False)
        given = [value for value in values if value is not None]
        absent = len(given) < len(values)
        rows = self._label(known, labelled.compared(leaf.operator, given))
        found = self._has(leaf, rows, every=every and not absent) if given else false()
        if not absent or leaf.operator in ORDERS:
            return found
        return or_(found, ~self._has(known.label or "", self._label(known), every=False))

    def _has(self, key: Leaf | str, rows: Rows, *, every: bool) -> Condition:
        """Whether one has any of these rows; `key` is what is remembered of them."""
        if key not in self._found:
            self._found[key] = self._owners_of_few(rows)
        ids_or_many = self._found[key]
        if ids_or_many is not None:
            return self._among(ids_or_many, every=every)
        if self._counting:  # each is looked at: one list of all that have it is best
            return self.table.c.id.in_(rows.owners())
        having = (rows.owner == self.table.c.id, rows.holding)
        return select(literal(1)).where(*having).correlate(self.table).exists()

    def _owners_of_few(self, rows: Rows) -> list[int] | None:
        """Counted first: two thousand ids that nobody wants cost milliseconds to read."""
        query = rows.owners().limit(FEW + 1)
        if self.conn.execute(select(func.count()).select_from(query.subquery())).scalar_one() > FEW:
            return None
        return list(self.conn.execute(query).scalars())

    def _tagged(self, names: list[str]) -> Rows:
        return Rows(
            self.subject.tagged, self.subject.of_account(self.account_id), self.subject.tag.in_(names)
        )

    def _label(self, known: Field, holding: Condition | None = None) -> Rows:
        return labelled.rows(self.account_id, known.label or "", holding)

    def _rows(self, wanted: Filter) -> Rows | None:
        """The rows, one for each that matches and found by an index, which are the whole of what is looked for."""
        if (
            not isinstance(wanted, Leaf)
            or len(wanted.values) != 1
            or wanted.operator not in HOLDS | ORDERS.keys()
        ):
            return None
        known = self.subject.field(wanted.field, wanted.path)
        value = comparisons.read(known.kind, wanted.values[0], wanted)
        if known.kind is Kind.TAGS and wanted.operator in HOLDS:
            return self._tagged([comparisons.text(value)])
        if known.label is not None and value is not None and _brief([value]):
            return self._label(known, labelled.compared(wanted.operator, [value]))
        if wanted.field.lower() == "state" and wanted.operator in HOLDS:
            return Rows(self.table.c.id, self._mine, self.table.c.state == value)
        return None

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
            return self._begins(leaf, known, re.sub(r"\\(.)", r"\1", simple[1]), every=every)
        glance = patterns.plain(text)
        if glance is not None and known.head is not None and known.label is None:
            return self._holding(leaf, known, glance, every=every)
        ids = self._found.get(leaf)
        if ids is None:
            ids = self._found[leaf] = self._matching(known, text, leaf.field)
        return self._among(ids, every=every)

    def _holding(self, leaf: Leaf, known: Field, glance: patterns.Glance, *, every: bool) -> Condition:
        """Of a text without more to it, the database can tell who has it."""
        if leaf not in self._longer:
            whole = self._held(known.sql(self.dialect, self.now), glance)
            self._longer[leaf] = self._ids(and_(LONG_NAMED, whole))
        holding = self._held(known.head, glance)
        if self._longer[leaf]:
            holding = or_(holding, self.table.c.id.in_(self._numbers(self._longer[leaf])))
        if leaf not in self._found:
            ids = self._ids(holding, FEW + 1)
            self._found[leaf] = ids if len(ids) <= FEW else None
        few = self._found[leaf]
        return holding if few is None else self._among(few, every=every)

    def _ids(self, condition: Condition, most: int | None = None) -> list[int]:
        query = select(self.table.c.id).where(self._mine, condition).limit(most)
        return list(self.conn.execute(query).scalars())

    def _held(self, sql: Any, glance: patterns.Glance) -> Condition:
        """Whether a text has everything that must be in it; first what is at its end, which is not many's."""
        postgresql = self.dialect == "postgresql"
        read = func.lower(sql) if glance.lowered else sql
        find = func.strpos if postgresql else func.instr
        parts = [find(read, part) > 0 for part in glance.parts if part != glance.end]
        size = len(glance.end)
        if size:
            parts.insert(0, (func.right(sql, size) if postgresql else func.substr(sql, -size)) == glance.end)
        return and_(True, *parts)

    def _begins(self, leaf: Leaf, known: Field, prefix: str, *, every: bool) -> Condition:
        sql = known.sql(self.dialect, self.now)
        if known.head is None:
            return func.substr(sql, 1, len(prefix)) == prefix if prefix else sql.is_not(None)
        inside = comparisons.begins(known.head, prefix)
        if known.label is not None:
            inside = self._has(leaf, self._label(known, inside), every=every)
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
        glance = patterns.required(pattern)
        if known.head is None:
            query = select(self.table.c.id, sql).where(self._mine, self._held(sql, glance))
            yield from map(tuple, self.conn.execute(query))
            return
        heads = self._heads(known, known.head)
        for row_id, head in self.conn.execute(heads.where(self._held(known.head, glance))).all():
            if len(head) < NAME_HEAD:
                yield row_id, head
        longer: Any = LONG_NAMED
        if known.label is not None:
            cut = heads.where(func.length(known.head) == NAME_HEAD)
            longer = self.table.c.id.in_(cut.with_only_columns(heads.selected_columns[0]))
        yield from map(tuple, self.conn.execute(select(self.table.c.id, sql).where(self._mine, longer)))

    def _heads(self, known: Field, head: ColumnElement[str]) -> Select[int, str]:
        """Ids, and the first characters of a text."""
        if known.label is None:
            return select(self.table.c.id, head).where(self._mine)
        rows = self._label(known)
        return select(rows.owner, head).where(rows.mine, rows.holding)

    def _tags_like(self, leaf: Leaf, matches: Callable[[str], bool], *, every: bool) -> Condition:
        """Of a few tags, many tasks have each."""
        query = select(self.subject.tag).where(self.subject.of_account(self.account_id)).distinct()
        names = [name for name in self.conn.execute(query).scalars() if matches(name)]
        return self._has(leaf, self._tagged(names), every=every)

    def _numbers(self, ids: list[int]) -> Any:
        """A subquery of numbers: as one parameter, because a list of parameters has a limit."""
        if self.dialect == "postgresql":
            listed = func.jsonb_array_elements_text(literal(ids, JSONB)).table_valued("value")
            return select(cast(listed.c.value, BigInteger))
        return select(func.json_each(json.dumps(ids)).table_valued("value").c.value)


def _unwrapped(wanted: Filter) -> Filter:
    """A filter without groups of one."""
    while isinstance(wanted, Group) and len(wanted.filters) == 1:
        wanted = wanted.filters[0]
    return wanted


def _brief(values: list[Any]) -> bool:
    """Whether the first characters of a text decide how it compares with these."""
    return all(len(value) < NAME_HEAD for value in values if value is not None)
