"""Reading what clients send, laxly: they disagree on the case of names, on nulls and numbers (api.md 1.3)."""

from collections.abc import Callable, Mapping
from enum import Enum
from functools import cache
from typing import Any, TypeVar

import msgspec
from msgspec import inspect

from stokehold.domain.errors import Invalid

T = TypeVar("T")
Reader = Callable[[Any, str], Any]

BODY = "body"  # what is wrong is named so where no field is to blame
LARGEST = 2**31 - 1  # clients keep numbers in 32 bits

_ZERO_UUID = "00000000-0000-0000-0000-000000000000"


def decode(data: bytes) -> Any:
    """The JSON value of a body; None when it is empty. Raises Invalid that says where the JSON breaks."""
    data = data.removeprefix(b"\xef\xbb\xbf").strip()
    if not data:
        return None
    try:
        return msgspec.json.decode(data)
    except (ValueError, RecursionError) as error:
        raise Invalid(BODY, _malformed(error, data)) from None


def read(kind: type[T], value: object, path: str = "") -> T:
    """A JSON value as a `kind`. Raises Invalid naming the field.

    Names match in any case, unknown ones and nulls are passed over, a zero UUID is not set.
    """
    found: T = reader(kind)(value, path)  # type: ignore[arg-type] # a type is hashable
    return found


@cache
def reader(kind: Any) -> Reader:
    """The reader of a type, made once."""
    return _reader(inspect.type_info(kind))


def _reader(info: inspect.Type, *, lax: bool = False) -> Reader:
    match info:
        case inspect.Metadata(type=inner, extra=extra):
            return _reader(inner, lax=bool(extra and extra.get("lax")))
        case inspect.UnionType(types=types):
            return _optional(types)
        case inspect.StructType():
            return _struct(info)
        case inspect.ListType(item_type=item):
            return _list(_reader(item))
        case inspect.DictType(value_type=inner):
            return _dict(_reader(inner))
        case inspect.EnumType(cls=kind):
            return _enum(kind)
        case inspect.StrType():
            return _lax_text if lax else _text
        case _:
            return _SCALARS[type(info)]


def _optional(types: tuple[inspect.Type, ...]) -> Reader:
    (only,) = (one for one in types if not isinstance(one, inspect.NoneType))
    return _reader(only)


def _struct(info: inspect.StructType) -> Reader:
    fields = {
        field.encode_name.lower(): (field.name, field.encode_name, _reader(field.type))
        for field in info.fields
    }
    required = [(field.name, field.encode_name) for field in info.fields if field.required]

    def read_struct(value: Any, path: str) -> Any:
        if not isinstance(value, dict):
            raise Invalid(path or BODY, "must be an object")
        given: dict[str, Any] = {}
        for key, item in value.items():
            if item is None or (known := fields.get(key.lower())) is None:
                continue
            name, wire_name, read_item = known
            if item == _ZERO_UUID and wire_name.endswith("Uuid"):
                continue
            given[name] = read_item(item, f"{path}.{wire_name}" if path else wire_name)
        for name, wire_name in required:
            if name not in given:
                raise Invalid(f"{path}.{wire_name}" if path else wire_name, "is required")
        return info.cls(**given)

    return read_struct


def _list(item: Reader) -> Reader:
    def read_list(value: Any, path: str) -> Any:
        if not isinstance(value, list):
            raise Invalid(path or BODY, "must be a list")
        return [item(one, f"{path}[{index}]") for index, one in enumerate(value)]

    return read_list


def _dict(item: Reader) -> Reader:
    def read_dict(value: Any, path: str) -> Any:
        if not isinstance(value, Mapping):
            raise Invalid(path or BODY, "must be an object")
        return {_text(k, path): item(v, f"{path}.{k[:80]}") for k, v in value.items() if v is not None}

    return read_dict


def _enum(kind: type[Enum]) -> Reader:
    members = {str(member.value).lower(): member for member in kind}
    order = list(kind)  # .NET clients send the place of some

    def read_enum(value: Any, path: str) -> Any:
        if isinstance(value, str) and value.lower() in members:
            return members[value.lower()]
        if type(value) is int and 0 <= value < len(order):
            return order[value]
        raise Invalid(path, "must be one of " + ", ".join(str(member.value) for member in order))

    return read_enum


def _text(value: Any, path: str) -> str:
    if not isinstance(value, str):
        raise Invalid(path, "must be a text")
    if "\0" in value:
        raise Invalid(path, "must not hold the character NUL")
    return value


def _lax_text(value: Any, path: str) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return _text(str(value) if isinstance(value, int | float) else value, path)


def _int(value: Any, path: str) -> int:
    number = _number(value)
    if number is None or isinstance(number, float):
        raise Invalid(path, "must be a whole number")
    if abs(number) > LARGEST:
        raise Invalid(path, f"must not be larger than {LARGEST}")
    return number


def _float(value: Any, path: str) -> float:
    number = _number(value)
    if number is None:
        raise Invalid(path, "must be a number")
    try:
        return float(number)
    except OverflowError:
        raise Invalid(path, "is too large a number") from None


def _number(value: Any) -> int | float | None:
    """A number, which may be written as a text; None when it is not one."""
    if isinstance(value, str) and len(value) < 40:
        try:
            value = msgspec.json.decode(value.strip() or "null")
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _bool(value: Any, path: str) -> bool:
    if isinstance(value, str) and value.lower() in {"true", "false"}:
        return value.lower() == "true"
    if not isinstance(value, bool):
        raise Invalid(path, "must be true or false")
    return value


def _any(value: Any, _path: str) -> Any:
    return value


_SCALARS: dict[type, Reader] = {
    inspect.IntType: _int,
    inspect.FloatType: _float,
    inspect.BoolType: _bool,
    inspect.AnyType: _any,
}


def _malformed(error: Exception, data: bytes) -> str:
    if isinstance(error, RecursionError):
        return "the JSON is nested too deeply"
    if isinstance(error, UnicodeDecodeError):
        return f"the JSON is not UTF-8 (byte {_first_bad_byte(data)})"
    if isinstance(error, msgspec.ValidationError):
        return f"the JSON holds a number that is too large ({error})"
    reason = str(error).removeprefix("JSON is malformed: ")
    return f"the JSON is malformed: {reason}" + ("" if "(byte" in reason else f" (byte {len(data)})")


def _first_bad_byte(data: bytes) -> int:
    try:
        data.decode()
    except UnicodeDecodeError as error:
        return error.start
    return 0
