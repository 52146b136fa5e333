"""Filters: trees of comparisons by which clients search (api.md 1.10)."""

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct

from stokehold.domain.errors import Invalid

DEPTH_MAX = 32
LEAVES_MAX = 500
VALUES_MAX = 10_000

Scalar = str | int | float | bool | None


class Operator(StrEnum):
    """How a field is compared."""

    EQUAL = "Equal"
    NOT_EQUAL = "NotEqual"
    IN = "In"
    NOT_IN = "NotIn"
    LESS_THAN_OR_EQUAL = "LessThanOrEqual"
    LESS_THAN = "LessThan"
    GREATER_THAN_OR_EQUAL = "GreaterThanOrEqual"
    GREATER_THAN = "GreaterThan"
    LIKE = "Like"


class Leaf(Struct, frozen=True):
    """One comparison. `values` has one value but for In and NotIn; `path` says where the client wrote it."""

    field: str
    operator: Operator
    values: tuple[Scalar, ...]
    path: str = "filter"


class Group(Struct, frozen=True):
    """All of `filters`, or any of them. Without any, it holds for everything."""

    every: bool
    filters: tuple["Leaf | Group", ...] = ()


Filter = Leaf | Group
EVERYTHING = Group(every=True)

_GROUPS = {"and": True, "or": False}
_OPERATORS = {operator.lower(): operator for operator in Operator}
_MANY = (Operator.IN, Operator.NOT_IN)


def parse(raw: object, path: str = "filter") -> Filter:
    """Read a filter as it came from JSON; None and {} hold for everything. Raises Invalid."""
    if raw is None:
        return EVERYTHING
    read = _filter(raw, path, 0)
    if _leaves(read) > LEAVES_MAX:
        raise Invalid(path, f"may have at most {LEAVES_MAX} comparisons")
    return read


def _filter(raw: object, path: str, depth: int) -> Filter:
    if not isinstance(raw, Mapping):
        raise Invalid(path, "must be an object with an operator")
    if depth > DEPTH_MAX:
        raise Invalid(path, f"may be at most {DEPTH_MAX} levels deep")
    given = {str(key).lower(): value for key, value in raw.items() if value is not None}
    if not given:
        return EVERYTHING
    operator = given.get("operator")
    if not isinstance(operator, str):
        raise Invalid(f"{path}.operator", "is required")
    if operator.lower() in _GROUPS:
        return _group(_GROUPS[operator.lower()], given.get("filters", []), path, depth)
    if operator.lower() not in _OPERATORS:
        raise Invalid(f"{path}.operator", f"{operator[:60]!r} is none of And, Or, {', '.join(Operator)}")
    return _leaf(_OPERATORS[operator.lower()], given, path)


def _group(every: bool, raw: object, path: str, depth: int) -> Group:
    if not isinstance(raw, list):
        raise Invalid(f"{path}.filters", "must be a list")
    return Group(every, tuple(_filter(one, f"{path}.filters[{i}]", depth + 1) for i, one in enumerate(raw)))


def _leaf(operator: Operator, given: Mapping[str, object], path: str) -> Leaf:
    field = given.get("field")
    if not isinstance(field, str):
        raise Invalid(f"{path}.field", "is required")
    if operator not in _MANY:
        return Leaf(field, operator, (_scalar(given.get("value"), f"{path}.value"),), path)
    values = given.get("values", given.get("value", []))  # the Python client writes the list under `value`
    if not isinstance(values, list):
        raise Invalid(f"{path}.values", "must be a list")
    if len(values) > VALUES_MAX:
        raise Invalid(f"{path}.values", f"may have at most {VALUES_MAX} values")
    return Leaf(field, operator, tuple(_scalar(v, f"{path}.values[{i}]") for i, v in enumerate(values)), path)


def _scalar(value: object, path: str) -> Scalar:
    if isinstance(value, str) and "\0" in value:
        raise Invalid(path, "must not hold the character NUL")
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    raise Invalid(path, "must be a text, a number or a boolean")


def _leaves(read: Filter) -> int:
    return 1 if isinstance(read, Leaf) else sum(_leaves(one) for one in read.filters)
