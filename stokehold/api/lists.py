"""Lists of tasks: whole, by tag, by filter, page by page (api.md 1.9 to 1.11)."""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any

import msgspec
from msgspec import UNSET, Struct
from msgspec.structs import fields
from starlette.responses import Response

from stokehold.api import wire
from stokehold.api.answers import Page, Task, TaskSummary
from stokehold.api.call import Call, answer
from stokehold.api.render import render, render_summary, summary_view
from stokehold.api.tasks import view
from stokehold.domain import filter as filters_of
from stokehold.domain.errors import Invalid
from stokehold.domain.filter import Filter
from stokehold.domain.task import Part
from stokehold.store import filters, tasks
from stokehold.store.database import Connection
from stokehold.store.orders import ORDERS, Order

MOST_LISTED = 10_000  # tasks in an answer without pages; the newest
PAGE_SIZE = 50
LARGEST_PAGE = 100
ATTEMPTS_SHOWN = 100  # running, and ended, instances of each task of a list

Rendered = Task | TaskSummary
Renderer = Callable[[Connection, Call, tasks.Task, int], Rendered]


class Direction(StrEnum):
    """Which end comes first."""

    ASCENDING = "ASC"
    DESCENDING = "DESC"


class PageRequest(Part):
    """Which tasks, in which order, after which place."""

    token: str | None = None
    filter: Any = None
    maximum_results: int | None = None
    order_by: str | None = None
    order_type: Direction | None = None


class SearchRequest(Part):
    """Which tasks, and which of their fields."""

    filter: Any = None
    select: Any = None
    maximum_results: int | None = None


def full(conn: Connection, call: Call, row: tasks.Task, now: int) -> Task:
    return render(view(conn, row, now, call.services.storage.endpoint, ATTEMPTS_SHOWN))


def short(conn: Connection, _call: Call, row: tasks.Task, now: int) -> TaskSummary:
    return render_summary(summary_view(row, tasks.active(conn, row, ATTEMPTS_SHOWN), now))


async def tasks_with_tags(call: Call) -> Response:
    """The tasks, or those with the given tags, the newest first."""
    return answer(await call.services.database.read(_tagged, call, full, call.services.clock()))


async def summaries_with_tags(call: Call) -> Response:
    """The tasks in short, or those with the given tags, the newest first."""
    return answer(await call.services.database.read(_tagged, call, short, call.services.clock()))


async def page_of_tasks(call: Call) -> Response:
    """A page of the tasks that match a filter."""
    return await _paged(call, full)


async def page_of_summaries(call: Call) -> Response:
    """A page of the tasks that match a filter, in short."""
    return await _paged(call, short)


async def search(call: Call) -> Response:
    """The tasks that match a filter, the newest first; `select` names the fields to answer."""
    wanted = wire.read(SearchRequest, await call.json() or {})
    names = chosen(wanted.select, _NAMES, "tasks")
    rows = await call.services.database.read(_found, call, wanted, call.services.clock())
    return answer(
        [{key: value for key, value in row.items() if key in names} for row in rows] if names else rows
    )


def _tagged(conn: Connection, call: Call, draw: Renderer, now: int) -> list[Rendered]:
    where = tasks.owned(call.account.id) & tasks.tagged(call.query("tag"))
    return [draw(conn, call, row, now) for row in tasks.page(conn, where, MOST_LISTED)]


def _found(conn: Connection, call: Call, wanted: SearchRequest, now: int) -> list[Any]:
    where = _where(conn, call, filters_of.parse(wanted.filter), now)
    limit = wanted.maximum_results or 0
    rows = tasks.page(conn, where, min(limit, MOST_LISTED) if limit > 0 else MOST_LISTED)
    drawn = [full(conn, call, row, now) for row in rows]
    return [msgspec.to_builtins(task) for task in drawn] if wanted.select else drawn


class Listing(Struct):
    """A page that was asked for, understood."""

    filter: Filter
    order: Order
    place: list[Any] | None
    size: int
    token: str | None
    now: int


async def _paged(call: Call, draw: Renderer) -> Response:
    listing = understood(wire.read(PageRequest, await call.json() or {}), call.services.clock())
    return answer(await call.services.database.read(_page, call, draw, listing))


def understood(wanted: PageRequest, now: int) -> Listing:
    """Read what is asked. Raises Invalid."""
    order, place = _order(wanted), None
    if wanted.token:
        order, place = _opened(wanted.token, order if wanted.order_by or wanted.order_type else None)
    size = wanted.maximum_results or 0
    size = min(size, LARGEST_PAGE) if size > 0 else PAGE_SIZE
    return Listing(filters_of.parse(wanted.filter), order, place, size, wanted.token, now)


def _page(conn: Connection, call: Call, draw: Renderer, asked: Listing) -> Page[Rendered]:
    where = _where(conn, call, asked.filter, asked.now)
    here = where & asked.order.after(conn, asked.place) if asked.place else where
    rows = tasks.page(conn, here, asked.size + 1, asked.order.sql(conn))
    more, rows = len(rows) > asked.size, rows[: asked.size]
    return Page(
        data=[draw(conn, call, row, asked.now) for row in rows],
        count=len(rows),
        total=tasks.count(conn, where),
        is_truncated=more,
        next_token=sealed(asked.order, asked.order.place(rows[-1])) if more else UNSET,
        token=asked.token or UNSET,
    )


def _where(conn: Connection, call: Call, wanted: Filter, now: int) -> filters.Condition:
    return tasks.owned(call.account.id) & filters.where(conn, call.account.id, wanted, now)


def _order(wanted: PageRequest) -> Order:
    by = (wanted.order_by or "creationDate").lower()
    if by not in ORDERS:
        raise Invalid("orderBy", "must be one of creationDate, executionTime, name, state")
    return Order(by, wanted.order_type is not Direction.ASCENDING)


def sealed(order: Order, place: list[Any]) -> str:
    """A place in a list as a word that clients can keep in a line of a file."""
    return urlsafe_b64encode(msgspec.json.encode([order.by, order.descending, *place])).decode().rstrip("=")


def _opened(token: str, asked: Order | None) -> tuple[Order, list[Any]]:
    try:
        text = urlsafe_b64decode(token + "=" * (-len(token) % 4))
        by, descending, value, row_id = msgspec.json.decode(text, type=tuple[str, bool, int | str, int])
    except (binascii.Error, ValueError):
        raise Invalid("token", "is not the nextToken of an earlier page") from None
    order = Order(by, descending)
    expected = int if by in {"creationdate", "executiontime"} else str
    if by not in ORDERS or not isinstance(value, expected) or "\0" in str(value):
        raise Invalid("token", "is not the nextToken of an earlier page")
    if asked is not None and asked != order:
        raise Invalid("token", "belongs to a list in another order")
    return order, [value, row_id]


_NAMES = {field.encode_name.lower(): field.encode_name for field in fields(Task)}
_ALWAYS = {"uuid", "creationDate"}  # clients build objects from these


def chosen(raw: Any, names: Mapping[str, str], what: str) -> set[str]:
    """The fields that a client selects; none means all. Clients send a list, or an object with `fields`.

    `names` are those that there are, by themselves in lower case.
    """
    if isinstance(raw, dict):
        raw = next((value for key, value in raw.items() if key.lower() == "fields"), None)
    if raw is None or raw == []:
        return set()
    if not isinstance(raw, list):
        raise Invalid("select", "must be a list of names")
    for name in raw:
        if not isinstance(name, str) or name.partition(".")[0].lower() not in names:
            raise Invalid("select", f"{what} have no field {str(name)[:80]!r}")
    return _ALWAYS | {names[name.partition(".")[0].lower()] for name in raw}
