"""What becomes of submissions: where a thing is that was made, or why there is none; of one, or of several at once."""

from collections.abc import Sequence
from typing import Any
from uuid import NAMESPACE_URL, uuid4, uuid5

from starlette.responses import Response

from stokehold.api import wire
from stokehold.api.answers import Created, Item
from stokehold.api.call import Call, answer
from stokehold.api.errors import message, status
from stokehold.domain.errors import Invalid, StokeholdError

Outcome = str | StokeholdError  # the UUID of what was made, or why nothing was


def key_of(call: Call) -> str:
    """The Idempotency-Key of a client that wants to be able to say the same thing twice; else empty."""
    return call.request.headers.get("idempotency-key", "")


def uuid_of(call: Call, kind: str, index: int) -> str:
    """The UUID of the submission at `index` of a call: random, unless the client may say it again."""
    key = key_of(call)
    return str(uuid5(NAMESPACE_URL, f"{kind}:{call.account.id}:{index}:{key}") if key else uuid4())


def at_most(most: int, bodies: Sequence[Any], what: str) -> None:
    """Raise Invalid when a list holds more submissions than are taken at once."""
    if len(bodies) > most:
        raise Invalid(wire.BODY, f"may hold at most {most} {what}, not {len(bodies)}")


def told(outcome: Outcome, what: str) -> Response:
    """The answer to a submission: where it is. Raises why there is none."""
    if isinstance(outcome, StokeholdError):
        raise outcome
    return answer(Created(uuid=outcome), headers={"location": f"/{what}/{outcome}"})


def all_told(outcomes: Sequence[Outcome]) -> Response:
    """The answer to several: a list in the order of the request, whatever became of them."""
    items = [_item(outcome) for outcome in outcomes]
    mixed = any(item.status_code != 200 for item in items)
    return answer(items, 207 if mixed else 200)


def _item(outcome: Outcome) -> Item:
    if isinstance(outcome, StokeholdError):
        return Item(status_code=status(outcome), message=message(outcome))
    return Item(status_code=200, uuid=outcome)
