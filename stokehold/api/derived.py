"""Tasks made from tasks: clone, retry, recover, resume, restart (api.md 2.3.11, 2.3.12)."""

import msgspec
from starlette.responses import Response

from stokehold.api import secrecy, wire
from stokehold.api.answers import Created
from stokehold.api.call import Call
from stokehold.api.render import read_spec
from stokehold.api.routes import Handler, Route
from stokehold.api.submissions import checked, created
from stokehold.api.tasks import found
from stokehold.domain.derived import Changed, Derivation, Narrowed, Origin, derive, refuse_unchoosable
from stokehold.domain.ranges import Ranges
from stokehold.domain.states import FINAL, TaskState
from stokehold.store import secrets, tasks
from stokehold.store.database import Connection

_SUMMARIES = {
    Derivation.CLONE: "Create a task like this one",
    Derivation.RETRY: "Create a task of the instances that failed",
    Derivation.RECOVER: "Create a task of the instances that failed or were cancelled",
    Derivation.RESUME: "Create a task of the instances that were cancelled",
    Derivation.RESTART: "Create a task like this one, which has ended; better: clone or recover",
}


def routes() -> list[Route]:
    """One operation for each derivation."""
    return [
        Route(
            "POST", f"/tasks/{{id}}/{how}", _handler(how), summary, "Tasks", body=_kind(how), answers=Created
        )
        for how, summary in _SUMMARIES.items()
    ]


def _kind(how: Derivation) -> type | None:
    """What its body may hold."""
    if how is Derivation.RESTART:
        return None
    kind: type = Changed if how is Derivation.CLONE else Narrowed
    return kind


def _handler(how: Derivation) -> Handler:
    async def make(call: Call) -> Response:
        body = None if how is Derivation.RESTART else await call.json()
        refuse_unchoosable(body, how)
        given = wire.read(_kind(how) or Narrowed, {} if body is None else body)
        row, known = await call.services.database.read(_found, call)
        origin = _origin(row, known)
        if given.constants is not None:
            given.constants = secrecy.meant(given.constants, known)
        said = msgspec.json.encode([how, row.uuid, body]).decode()
        return await created(call, checked(derive(how, origin, given)), said)

    return make


def _found(conn: Connection, call: Call) -> tuple[tasks.Task, dict[str, str]]:
    """The task that the path names, and its secrets, which the new one may keep."""
    row = found(conn, call)
    return row, secrets.read(conn, call.services.vault, row.id, row.uuid)


def _origin(row: tasks.Task, known: dict[str, str]) -> Origin:
    return Origin(
        secrecy.revealed(read_spec(row), known), row.state, TaskState(row.state) in FINAL, row.total,
        Ranges.stored(row.failed_range), Ranges.stored(row.cancelled_range),
    )  # fmt: skip
