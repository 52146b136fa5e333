"""Jobs: making, reading, terminating, deleting them (api.md 2.6)."""

from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid4, uuid5

import msgspec
from starlette.responses import Response

from stokehold.api import lists, wire
from stokehold.api.answers import Created, Item
from stokehold.api.call import Call, answer, done
from stokehold.api.errors import message, status
from stokehold.api.job_answers import render
from stokehold.api.unbuilt import refuse_job
from stokehold.domain.errors import Conflict, Forbidden, Invalid, NotFound, StokeholdError
from stokehold.domain.events import JobDeleteAsked, JobOpened, JobTerminateAsked
from stokehold.domain.job import JobSpec, validate
from stokehold.store import jobs as stored
from stokehold.store import journal, tasks
from stokehold.store.database import Connection

MOST_AT_ONCE = 1000


async def submit(call: Call) -> Response:
    """Create a job, or, of a list, as many as are accepted."""
    body = await call.json()
    if isinstance(body, list):
        return await _submit_all(call, body)
    uuid = await _create(call, body, 0)
    return answer(Created(uuid=uuid), headers={"location": f"/jobs/{uuid}"})


async def show(call: Call) -> Response:
    """Answer one job."""
    return answer(render(await call.services.database.glance(found, call)))


async def terminate(call: Call) -> Response:
    """Cancel what goes on in a job, and take no more tasks."""
    await call.services.database.write(_terminate, call, call.services.clock())
    return done()


async def delete(call: Call) -> Response:
    """Forget a job with its tasks; with `force` even when some of them go on."""
    await call.services.database.write(_delete, call, _flag(call, "force"), call.services.clock())
    return done()


async def members(call: Call) -> Response:
    """The tasks of a job, the newest first."""
    body = await call.services.database.read(_members, call, call.services.clock())
    return Response(body, media_type="application/json")


def found(conn: Connection, call: Call) -> stored.Job:
    """The job that the path names. Raises NotFound."""
    key = call.params["id"]
    job = stored.find(conn, call.account.id, key)
    if job is None:
        raise NotFound(f"No such job: {key[:200]}")
    return job


async def _submit_all(call: Call, bodies: list[Any]) -> Response:
    """Always answers a list in the order of the request."""
    if len(bodies) > MOST_AT_ONCE:
        raise Invalid(wire.BODY, f"may hold at most {MOST_AT_ONCE} jobs, not {len(bodies)}")
    items = [await _item(call, body, index) for index, body in enumerate(bodies)]
    mixed = any(item.status_code != 200 for item in items)
    return answer(items, 207 if mixed else 200)


async def _item(call: Call, body: Any, index: int) -> Item:
    try:
        return Item(status_code=200, uuid=await _create(call, body, index))
    except StokeholdError as error:
        return Item(status_code=status(error), message=message(error))


async def _create(call: Call, body: Any, index: int) -> str:
    """The UUID of a job, once it is on disk."""
    spec = wire.read(JobSpec, body)
    validate(spec)
    refuse_job(spec)
    spec.tags = list(dict.fromkeys(spec.tags))
    event = _event(call, spec, _uuid(call, index))
    try:
        await call.services.database.write(_open, call, event, call.services.clock())
    except Conflict as error:
        raise Invalid("shortname", f"{event.shortname!r} is used by another job") from error
    return event.uuid


def _event(call: Call, spec: JobSpec, uuid: UUID) -> JobOpened:
    return JobOpened(
        uuid=str(uuid),
        account_id=call.account.id,
        name=spec.name,
        shortname=spec.shortname or str(uuid),
        spec=msgspec.json.encode(spec).decode(),
        use_dependencies=spec.use_dependencies,
        tags=tuple(spec.tags),
        max_wall_us=spec.max_wall_us,
        completion_ttl_us=spec.completion_ttl_us,
        evictable=spec.auto_delete_on_completion,
    )


def _open(conn: Connection, call: Call, event: JobOpened, at: int) -> None:
    known = stored.find(conn, event.account_id, event.uuid)
    if known is not None:  # the client says the same thing twice
        if known.spec != event.spec:
            raise Invalid("Idempotency-Key", "was used for another submission")
        return
    if stored.count(conn, stored.existing(event.account_id)) >= call.services.limits.jobs:
        room = stored.evict(conn, event.account_id)
        if room is None:
            raise Forbidden(
                f"Maximum number of jobs reached: {call.services.limits.jobs}. Delete some first."
            )
        journal.record(conn, [room], at)
    journal.record(conn, [event], at)


def _terminate(conn: Connection, call: Call, at: int) -> None:
    journal.record(conn, [JobTerminateAsked(found(conn, call).id)], at)


def _delete(conn: Connection, call: Call, force: bool, at: int) -> None:
    journal.record(conn, [JobDeleteAsked(found(conn, call).id, force)], at)


def _members(conn: Connection, call: Call, now: int) -> bytes:
    """Written where they are read, piece by piece: a large job holds up nobody."""
    rows = tasks.page(conn, stored.tasks_of(found(conn, call)), lists.MOST_LISTED)
    parts = (rows[start : start + lists.PIECE] for start in range(0, len(rows), lists.PIECE))
    texts = (msgspec.json.encode(lists.full(conn, call, part, now))[1:-1] for part in parts)
    return b"[%b]" % b",".join(texts)


def _flag(call: Call, name: str) -> bool:
    values = [value.strip().lower() for value in call.query(name)]
    if any(value not in {"true", "false", ""} for value in values):
        raise Invalid(name, "must be true or false")
    return values[-1:] == ["true"]


def _uuid(call: Call, index: int) -> UUID:
    """Random, unless the client wants to be able to say the same thing twice."""
    key = call.request.headers.get("idempotency-key")
    return uuid5(NAMESPACE_URL, f"stokehold:job:{call.account.id}:{index}:{key}") if key else uuid4()
