"""Places in lists as words that clients can keep in a line of a file, and bring to any server (api.md 1.9)."""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

import msgspec

from stokehold.domain.errors import Invalid
from stokehold.store.orders import ORDERS, Order

_LARGEST = 2**63 - 1


def seal(order: Order, place: list[Any]) -> str:
    """The word for a place in a list of this order."""
    return urlsafe_b64encode(msgspec.json.encode([order.by, order.descending, *place])).decode().rstrip("=")


def unseal(token: str, asked: Order | None) -> tuple[Order, list[Any]]:
    """The order and the place in it. Raises Invalid when it is none, or not of the order that is asked for."""
    try:
        text = urlsafe_b64decode(token + "=" * (-len(token) % 4))
        by, descending, *place = msgspec.json.decode(text, type=tuple[str | bool | int, ...])
    except (binascii.Error, ValueError):
        raise _not_one() from None
    if not isinstance(by, str) or by not in ORDERS or not isinstance(descending, bool):
        raise _not_one()
    order = Order(by, descending)
    kinds = [column.type.python_type for column in order.columns()]
    if [type(value) for value in place] != kinds or not all(map(_storable, place)):
        raise _not_one()
    if asked is not None and asked != order:
        raise Invalid("token", "belongs to a list in another order")
    return order, place


def _storable(value: Any) -> bool:
    return "\0" not in value if isinstance(value, str) else abs(value) <= _LARGEST


def _not_one() -> Invalid:
    return Invalid("token", "is not the nextToken of an earlier page")
