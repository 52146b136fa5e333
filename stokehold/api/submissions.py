"""POST /tasks: one task, or several at once (api.md 2.3.2).

body -> `accepted` -> Spec -> `CHECKS` -> Draft -> Submitted -> one write -> answers. A list goes through each step
as a whole, so that it costs the look-ups of one; what is wrong with one of its tasks refuses that task alone.
Tasks that are made from others come in at `take`.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from starlette.responses import Response

from stokehold.api import secrecy, wire
from stokehold.api.call import Call
from stokehold.api.drafts import Draft, digest
from stokehold.api.hardware import see_to_machines
from stokehold.api.joining import join
from stokehold.api.outcomes import Outcome, all_told, at_most, key_of, told, uuid_of
from stokehold.api.services import UNLIMITED
from stokehold.api.submitted_buckets import see_to_buckets
from stokehold.api.unbuilt import refuse
from stokehold.domain import profile, rules
from stokehold.domain.errors import StokeholdError
from stokehold.domain.events import Submitted
from stokehold.domain.task import Spec
from stokehold.observe.metrics import INSTANCES, TASKS
from stokehold.store import room

MOST_AT_ONCE = 10_000
TURN = 64  # submissions that are read before others have their turn

Check = Callable[[Call, Sequence[Draft]], Awaitable[None]]

#: What needs a look at the world, in this order. A check sets the `refusal` of those that it refuses, and is not
#: shown those that an earlier one refused.
CHECKS: tuple[Check, ...] = (join, secrecy.hide, see_to_machines, see_to_buckets)


async def submit(call: Call) -> Response:
    """Create a task, or, of a list, as many as are accepted."""
    body = await call.json()
    if isinstance(body, list):
        return await _submit_all(call, body)
    return await created(call, accepted(body))


async def created(call: Call, spec: Spec, said: str = "") -> Response:
    """Create one task, and answer where it is. Raises what is wrong with it.

    `said` is what was asked for, in a form that does not change, when the submission may: see `take`.
    """
    (outcome,) = await take(call, [spec], said)
    return told(outcome, "tasks")


async def take(call: Call, specs: Sequence[Spec | StokeholdError], said: str = "") -> list[Outcome]:
    """Store the submissions; says in their order the UUID of each, once it is on disk, or why there is none.

    A client that sends an Idempotency-Key again means the same when it says the same: `said`, or else each
    submission itself.
    """
    drafts = [
        one if isinstance(one, StokeholdError) else _draft(call, one, index, said)
        for index, one in enumerate(specs)
    ]
    good = [draft for draft in drafts if isinstance(draft, Draft)]
    for check in CHECKS:
        await check(call, good)
        good = [draft for draft in good if draft.refusal is None]
    await _store(call, good)
    return [one if isinstance(one, StokeholdError) else one.refusal or one.uuid for one in drafts]


def accepted(body: Any) -> Spec:
    """The submission that a body holds, brought into one form. Raises Invalid, NotBuilt."""
    return checked(wire.read(Spec, body))


def checked(spec: Spec) -> Spec:
    """The submission in its one form. Raises Invalid, NotBuilt."""
    rules.validate(spec)
    refuse(spec)
    profile.find(spec.profile or "")
    spec.tags = list(dict.fromkeys(spec.tags))
    spec.result_bucket, spec.results_bucket = spec.result_bucket or spec.results_bucket or None, None
    spec.max_retries_per_instance = spec.max_retries_per_instance or None
    if spec.advanced_ranges:
        spec.instance_count = None
    return spec


async def _submit_all(call: Call, bodies: list[Any]) -> Response:
    """Always answers a list in the order of the request: clients read nothing else."""
    at_most(MOST_AT_ONCE, bodies, "tasks")
    specs: list[Spec | StokeholdError] = []
    for index, body in enumerate(bodies):
        if index % TURN == TURN - 1:
            await asyncio.sleep(0)
        specs.append(_accepted_or_why_not(body))
    return all_told(await take(call, specs))


def _accepted_or_why_not(body: Any) -> Spec | StokeholdError:
    try:
        return accepted(body)
    except StokeholdError as error:
        return error


async def _store(call: Call, drafts: Sequence[Draft]) -> None:
    """All of them in one write: a failure of the database has stored none."""
    if not drafts:
        return
    at, most = call.services.clock(), call.services.limits.tasks
    events = [draft.event(at) for draft in drafts]
    limit = most if most < UNLIMITED else None
    outcomes = await call.services.database.write(room.admit, events, limit, at)
    for draft, event, outcome in zip(drafts, events, outcomes, strict=True):
        if isinstance(outcome, StokeholdError):
            draft.refusal = outcome
        elif not outcome.again:
            _count(event)


def _count(event: Submitted) -> None:
    TASKS.inc()
    INSTANCES.inc(len(event.ids))


def _draft(call: Call, spec: Spec, index: int, said: str) -> Draft:
    """What was said may hold secrets: what is kept of it takes the master key to make."""
    uuid = uuid_of(call, "stokehold", index)
    if not key_of(call):
        return Draft(uuid, call.account.id, spec)
    request = call.services.vault.derive(f"request {digest(said or spec)}")
    return Draft(uuid, call.account.id, spec, request=request)
