"""Lists of jobs: whole, by tag, by filter, page by page (api.md 1.9 to 1.11)."""

from typing import Any

import msgspec
from msgspec import UNSET
from msgspec.structs import fields
from starlette.responses import Response

from stokehold.api import page_tokens, wire
from stokehold.api.answers import Page
from stokehold.api.call import Call, answer
from stokehold.api.job_answers import Job, render
from stokehold.api.lists import MOST_LISTED, Listing, PageRequest, SearchRequest, chosen, tagged, understood
from stokehold.domain import filter as filters_of
from stokehold.domain.errors import Invalid
from stokehold.domain.filter import Filter
from stokehold.store import jobs
from stokehold.store.database import Connection
from stokehold.store.filters import JOBS, Search

ORDERED_BY = ("creationdate", "name", "state")
_NAMES = {field.encode_name.lower(): field.encode_name for field in fields(Job)}


async def with_tags(call: Call) -> Response:
    """The jobs, or those with the given tags, the newest first."""
    return answer(await call.services.database.read(_found, call, tagged(call), 0, call.services.clock()))


async def search(call: Call) -> Response:
    """The jobs that match a filter, the newest first; `select` names the fields to answer."""
    wanted = wire.read(SearchRequest, await call.json() or {})
    names = chosen(wanted.select, _NAMES, "jobs")
    filter_, most = filters_of.parse(wanted.filter), wanted.maximum_results or 0
    found = await call.services.database.read(_found, call, filter_, most, call.services.clock())
    if not names:
        return answer(found)
    drawn = (msgspec.to_builtins(job) for job in found)
    return answer([{key: value for key, value in job.items() if key in names} for job in drawn])


async def page(call: Call) -> Response:
    """A page of the jobs that match a filter."""
    listing = understood(wire.read(PageRequest, await call.json() or {}), call.services.clock())
    if listing.order.by not in ORDERED_BY:
        raise Invalid("orderBy", "must be one of creationDate, name, state")
    return answer(await call.services.database.read(_page, call, listing))


def _found(conn: Connection, call: Call, wanted: Filter, most: int, now: int) -> list[Job]:
    rows = jobs.page(
        conn, _where(conn, call, wanted, now), min(most, MOST_LISTED) if most > 0 else MOST_LISTED
    )
    return [render(row) for row in rows]


def _page(conn: Connection, call: Call, asked: Listing) -> Page[Job]:
    where = _where(conn, call, asked.filter, asked.now)
    here = where & asked.order.after(asked.place, JOBS.table) if asked.place else where
    rows = jobs.page(conn, here, asked.size + 1, asked.order.sql(JOBS.table))
    more, rows = len(rows) > asked.size, rows[: asked.size]
    return Page(
        data=[render(row) for row in rows],
        count=len(rows),
        total=jobs.count(conn, where),
        is_truncated=more,
        next_token=page_tokens.seal(asked.order, asked.order.place(rows[-1])) if more else UNSET,
        token=asked.token or UNSET,
    )


def _where(conn: Connection, call: Call, wanted: Filter, now: int) -> Any:
    return Search(conn, call.account.id, wanted, now, JOBS).where
