"""POST /tasks: one task, or several at once (api.md 2.3.2)."""

import asyncio
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid4, uuid5

import msgspec
from starlette.responses import Response

from stokehold.api import hardware, wire
from stokehold.api.answers import Created, Item
from stokehold.api.call import Call, answer
from stokehold.api.errors import message, status
from stokehold.api.unbuilt import refuse
from stokehold.domain import profile, rules
from stokehold.domain.errors import Conflict, Invalid, NotFound, StokeholdError
from stokehold.domain.events import Submitted
from stokehold.domain.hardware import stored
from stokehold.domain.task import Spec
from stokehold.observe import INSTANCES, TASKS
from stokehold.store import journal, tasks

MOST_AT_ONCE = 10_000


async def submit(call: Call) -> Response:
    """Create a task, or, of a list, as many as are accepted."""
    body = await call.json()
    if isinstance(body, list):
        return await _submit_all(call, body)
    event = await _prepare(call, body, _uuid(call, 0))
    uuid = await _record(call, event)
    return answer(Created(uuid=uuid), headers={"location": f"/tasks/{uuid}"})


async def _submit_all(call: Call, bodies: list[Any]) -> Response:
    """Always answers a list in the order of the request: clients read nothing else."""
    if len(bodies) > MOST_AT_ONCE:
        raise Invalid(wire.BODY, f"may hold at most {MOST_AT_ONCE} tasks, not {len(bodies)}")
    prepared = [await _attempt(call, body, index) for index, body in enumerate(bodies)]
    items = await asyncio.gather(*(_item(call, one) for one in prepared))
    mixed = any(item.status_code != 200 for item in items)
    return answer(items, 207 if mixed else 200)


async def _attempt(call: Call, body: Any, index: int) -> Submitted | StokeholdError:
    try:
        return await _prepare(call, body, _uuid(call, index))
    except StokeholdError as error:
        return error


async def _item(call: Call, prepared: Submitted | StokeholdError) -> Item:
    if isinstance(prepared, StokeholdError):
        return Item(status_code=status(prepared), message=message(prepared))
    try:
        return Item(status_code=200, uuid=await _record(call, prepared))
    except StokeholdError as error:
        return Item(status_code=status(error), message=message(error))


async def _prepare(call: Call, body: Any, uuid: UUID) -> Submitted:
    """Check everything that can be checked before a task exists, and see to its result bucket."""
    spec = accepted(body)
    account_id = call.account.id
    await hardware.admit(call, spec)
    await _see_to_buckets(call, account_id, spec)
    return Submitted(
        uuid=str(uuid),
        account_id=account_id,
        name=spec.name,
        shortname=spec.shortname or str(uuid),
        profile=spec.profile or "",
        spec=msgspec.json.encode(spec).decode(),
        ids=spec.ids(),
        tags=tuple(spec.tags),
        scheduling=str(spec.scheduling),
        reservation=spec.reservation,
        needs=stored(spec.hardware_constraints),
        most_running=spec.max_running_instances or None,
    )


def accepted(body: Any) -> Spec:
    """The submission that a body holds, brought into one form. Raises Invalid, NotBuilt."""
    spec = wire.read(Spec, body)
    rules.validate(spec)
    refuse(spec)
    profile.find(spec.profile or "")
    spec.tags = list(dict.fromkeys(spec.tags))
    spec.result_bucket, spec.results_bucket = spec.result_bucket or spec.results_bucket or None, None
    spec.max_retries_per_instance = spec.max_retries_per_instance or None
    if spec.advanced_ranges:
        spec.instance_count = None
    return spec


async def _see_to_buckets(call: Call, account_id: int, spec: Spec) -> None:
    storage = call.services.storage
    inputs = list(dict.fromkeys(bucket.bucket_name for bucket in spec.buckets()))
    missing = await storage.missing_buckets(account_id, inputs) if inputs else []
    if missing:
        raise NotFound(f"No such bucket: {', '.join(missing)}")
    if spec.result_bucket:
        await storage.ensure_bucket(account_id, spec.result_bucket)


async def _record(call: Call, event: Submitted) -> str:
    """The UUID of the task, once it is on disk."""
    database, at = call.services.database, call.services.clock()
    try:
        await database.write(journal.record, [event], at)
    except Conflict as error:
        known = await database.read(tasks.find, event.account_id, event.uuid)
        if known is None:
            raise Invalid("shortname", f"{event.shortname!r} is used by another task") from error
        if known.spec != event.spec:
            raise Conflict("This Idempotency-Key was used for another submission.") from error
        return event.uuid
    TASKS.inc()
    INSTANCES.inc(len(event.ids))
    return event.uuid


def _uuid(call: Call, index: int) -> UUID:
    """Random, unless the client wants to be able to say the same thing twice."""
    key = call.request.headers.get("idempotency-key")
    return uuid5(NAMESPACE_URL, f"stokehold:{call.account.id}:{index}:{key}") if key else uuid4()
