"""Lists of tasks: whole, by tag, by filter, page by page (api.md 1.9 to 1.11)."""

from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from enum import StrEnum
from itertools import count
from typing import Any

import msgspec
from msgspec import UNSET, Struct
from msgspec.structs import fields
from starlette.responses import Response, StreamingResponse

from stokehold.api import page_tokens, wire
from stokehold.api.answers import Page, Task, TaskSummary
from stokehold.api.call import Call
from stokehold.api.render import render, render_summary, summary_view
from stokehold.api.tasks import add_dependencies, view_of
from stokehold.domain import filter as filters_of
from stokehold.domain.errors import Invalid
from stokehold.domain.filter import Filter, Group, Leaf, Operator
from stokehold.domain.task import Part
from stokehold.store import seen, tasks
from stokehold.store.aside import Aside
from stokehold.store.comparisons import Condition
from stokehold.store.database import Connection
from stokehold.store.filters import Search
from stokehold.store.orders import ORDERS, Order

PAGE_SIZE = 50
LARGEST_PAGE = 100
MOST_LISTED = 10_000  # jobs, or tasks of a job, in an answer without pages
FIRST_PIECE, PIECE = 50, 250  # tasks of a whole list that are read and drawn at a time
ATTEMPTS_SHOWN = 100  # running, and ended, instances of each task of a list

Renderer = Callable[[Connection, Call, Sequence[tasks.Task], int], Sequence[Any]]
Choice = Callable[[Connection], Condition]


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


def full(conn: Connection, call: Call, rows: Sequence[tasks.Task], now: int) -> list[Task]:
    shown, storage = seen.of_tasks(conn, rows, ATTEMPTS_SHOWN), call.services.storage.endpoint
    views = [view_of(conn, row, now, storage, shown.get(row.id, seen.Seen())) for row in rows]
    add_dependencies(conn, views)
    return [render(view) for view in views]


def short(conn: Connection, _call: Call, rows: Sequence[tasks.Task], now: int) -> list[TaskSummary]:
    active = seen.active_of_tasks(conn, rows, ATTEMPTS_SHOWN)
    return [render_summary(summary_view(row, active.get(row.id, ()), now)) for row in rows]


async def tasks_with_tags(call: Call) -> Response:
    """The tasks, or those with the given tags, the newest first."""
    return await _whole(call, tagged(call), full)


async def summaries_with_tags(call: Call) -> Response:
    """The tasks in short, or those with the given tags, the newest first."""
    return await _whole(call, tagged(call), short)


async def page_of_tasks(call: Call) -> Response:
    """A page of the tasks that match a filter."""
    return await _paged(call, full)


async def page_of_summaries(call: Call) -> Response:
    """A page of the tasks that match a filter, in short."""
    return await _paged(call, short)


async def search(call: Call) -> Response:
    """The tasks that match a filter, the newest first; `select` names the fields to answer."""
    wanted = wire.read(SearchRequest, await call.json() or {})
    filter_ = filters_of.parse(wanted.filter)
    names = chosen(wanted.select, _NAMES, "tasks", _ABSENT)
    draw = _selecting(names) if names else full
    return await _whole(call, filter_, draw, wanted.maximum_results)


def tagged(call: Call) -> Filter:
    """What has every tag that is asked for; each may name alternatives, with commas (api.md 1.11)."""
    named = (tuple({text, *text.split(",")}) for text in call.query("tag"))
    return Group(every=True, filters=tuple(Leaf("Tags", Operator.IN, names) for names in named))


def _chooser(call: Call, wanted: Filter) -> Choice:
    now = call.services.clock()
    return lambda conn: Search(conn, call.account.id, wanted, now).where


def _selecting(names: set[str]) -> Renderer:
    def draw(conn: Connection, call: Call, rows: Sequence[tasks.Task], now: int) -> list[dict[str, Any]]:
        whole = (msgspec.to_builtins(task) for task in full(conn, call, rows, now))
        return [{key: value for key, value in task.items() if key in names} for task in whole]

    return draw


class _Piece(Struct):
    """A part of a list as JSON without its brackets, and the list after it; None: this was the end."""

    text: bytes
    where: Condition
    place: list[Any] | None


async def _whole(call: Call, wanted: Filter, draw: Renderer, most: int | None = None) -> Response:
    """All the tasks that match as one list, drawn piece by piece: a long one holds up nobody, and no memory."""
    most = most if most and most > 0 else None
    first = await _piece(call, _chooser(call, wanted), draw, None, min(FIRST_PIECE, most or FIRST_PIECE))
    if first.place is None or most == FIRST_PIECE or (most and most < FIRST_PIECE):
        return Response(b"[%b]" % first.text, media_type="application/json")
    return StreamingResponse(_rest(call, first, draw, most), media_type="application/json")


async def _rest(call: Call, piece: _Piece, draw: Renderer, most: int | None) -> AsyncIterator[bytes]:
    yield b"[" + piece.text
    for sent in count(FIRST_PIECE, PIECE):
        if piece.place is None or (most is not None and sent >= most):
            break
        size = PIECE if most is None else min(PIECE, most - sent)
        piece = await _piece(call, _same(piece.where), draw, piece.place, size)
        if piece.text:
            yield b"," + piece.text
    yield b"]"


def _same(where: Condition) -> Choice:
    return lambda _conn: where


async def _piece(call: Call, choice: Choice, draw: Renderer, place: list[Any] | None, size: int) -> _Piece:
    return await call.services.database.read(_read_piece, call, choice, draw, place, size)


def _read_piece(
    conn: Connection, call: Call, choice: Choice, draw: Renderer, place: list[Any] | None, size: int
) -> _Piece:
    order, where = Order(), choice(conn)
    rows = tasks.page(conn, where & order.after(place) if place else where, size, order.sql())
    text = msgspec.json.encode(draw(conn, call, rows, call.services.clock()))[1:-1]
    return _Piece(text, where, order.place(rows[-1]) if len(rows) == size else None)


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
    return Response(
        await call.services.database.read_aside(_page, call, draw, listing), media_type="application/json"
    )


def understood(wanted: PageRequest, now: int) -> Listing:
    order, place = _order(wanted), None
    if wanted.token:
        asked = order if wanted.order_by or wanted.order_type else None
        order, place = page_tokens.unseal(wanted.token, asked)
    size = wanted.maximum_results or 0
    size = min(size, LARGEST_PAGE) if size > 0 else PAGE_SIZE
    return Listing(filters_of.parse(wanted.filter), order, place, size, wanted.token, now)


def _page(conn: Connection, aside: Aside, call: Call, draw: Renderer, asked: Listing) -> bytes:
    search = Search(conn, call.account.id, asked.filter, asked.now)
    here = search.where & asked.order.after(asked.place) if asked.place else search.where
    rows = tasks.page(conn, here, asked.size + 1, asked.order.sql())
    more, rows = len(rows) > asked.size, rows[: asked.size]
    total = aside.begin(search.counting()) if more or asked.place else rows.__len__
    page = Page(
        data=list(draw(conn, call, rows, asked.now)),
        count=len(rows),
        total=total(),
        is_truncated=more,
        next_token=page_tokens.seal(asked.order, asked.order.place(rows[-1])) if more else UNSET,
        token=asked.token or UNSET,
    )
    return msgspec.json.encode(page)


def _order(wanted: PageRequest) -> Order:
    by = (wanted.order_by or "creationDate").lower()
    if by not in ORDERS:
        raise Invalid("orderBy", "must be one of creationDate, executionTime, name, state")
    return Order(by, wanted.order_type is not Direction.ASCENDING)


_NAMES = {field.encode_name.lower(): field.encode_name for field in fields(Task)}
_ALWAYS = {"uuid", "creationDate"}  # clients build objects from these
#: Fields of tasks that no answer has yet: clients that ask for all of them are not refused.
_ABSENT = {
    "pooluuid", "resultsbucket", "targetedreservedmachinekey",
    "targetedreservationname",
}  # fmt: skip


def chosen(raw: Any, names: Mapping[str, str], what: str, absent: Collection[str] = frozenset()) -> set[str]:
    """The fields that a client selects; none means all. Clients send a list, or an object with `fields`.

    `names` are those of `what`, by their spelling in lower case; the `absent` ones are passed over.
    """
    if isinstance(raw, dict):
        raw = next((value for key, value in raw.items() if key.lower() == "fields"), None)
    if raw is None or raw == []:
        return set()
    if not isinstance(raw, list):
        raise Invalid("select", "must be a list of names")
    heads = [name.partition(".")[0].lower() if isinstance(name, str) else "" for name in raw]
    for name, head in zip(raw, heads, strict=True):
        if head not in names and head not in absent:
            raise Invalid("select", f"{what} have no field {str(name)[:80]!r}")
    return _ALWAYS | {names[head] for head in heads if head in names}
