"""Comparisons of a column with what a client wrote, as conditions of SQL."""

import operator as comparing
from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, and_, literal, or_, true

from stokehold.domain.errors import Invalid
from stokehold.domain.filter import Leaf, Operator, Scalar
from stokehold.domain.moments import date, timespan
from stokehold.store.fields import Kind
from stokehold.store.schema import NAME_HEAD

Condition = ColumnElement[bool]

#: Those that ask whether a list contains, and not whether it does not.
HOLDS = frozenset({Operator.EQUAL, Operator.IN})
#: Those that nothing is without a value.
ORDERS: dict[Operator, Callable[[Any, Any], Condition]] = {
    Operator.LESS_THAN: comparing.lt,
    Operator.LESS_THAN_OR_EQUAL: comparing.le,
    Operator.GREATER_THAN: comparing.gt,
    Operator.GREATER_THAN_OR_EQUAL: comparing.ge,
}

_LARGEST = 2**63 - 1
_LAST_CHARACTER, _SURROGATES, _PAST_SURROGATES = 0x10FFFF, 0xD800, 0xE000


def successor(prefix: str) -> str | None:
    """The first text after all those that begin with `prefix`, by the order of bytes; None: there is none."""
    for index in range(len(prefix) - 1, -1, -1):
        code = ord(prefix[index]) + 1
        if code <= _LAST_CHARACTER:
            return prefix[:index] + chr(_PAST_SURROGATES if code == _SURROGATES else code)
    return None


def compared(sql: ColumnElement[Any], operator: Operator, values: list[Any]) -> Condition:
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
    return ORDERS[operator](sql, given[0]) if given else literal(False)


def begins(head: ColumnElement[str], prefix: str) -> Condition:
    """Whether the first NAME_HEAD characters of a text begin as `prefix` does."""
    beyond = successor(prefix[:NAME_HEAD])
    return and_(head >= prefix[:NAME_HEAD], head < beyond if beyond else true())


def read(kind: Kind, value: Scalar, leaf: Leaf) -> Any:
    """What a client wrote, as a column of this kind has it. Raises Invalid."""
    path = f"{leaf.path}.value ({leaf.field})"
    if value is None:
        return None
    match kind:
        case Kind.MOMENT:
            return date(text(value), path)
        case Kind.SPAN:
            return timespan(text(value), path)
        case Kind.NUMBER:
            return _number(value, path)
        case _:
            return text(value)


def _number(value: Scalar, path: str) -> int | float:
    try:
        number = float(text(value)) if not isinstance(value, int) else value
        exact = int(number)
    except (ValueError, OverflowError):
        raise Invalid(path, f"{text(value)[:60]!r} is not a number") from None
    if abs(exact) > _LARGEST:
        return _LARGEST if exact > 0 else -_LARGEST
    return exact if exact == number else float(number)


def text(value: Scalar) -> str:
    """What a client wrote, as a text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)
