"""The hardware constraints that an account may use (api.md 2.7)."""

from collections.abc import Sequence
from typing import Any

from starlette.responses import Response

from stokehold.api.call import Call, answer
from stokehold.api.drafts import Draft
from stokehold.api.progress import Answer
from stokehold.api.routes import Route
from stokehold.domain import hardware
from stokehold.domain.errors import Invalid
from stokehold.domain.protocol import Inventory
from stokehold.domain.task import Discriminator, HardwareConstraint
from stokehold.store import nodes

PAGE_MAX = 50  # clients ask again from offset + limit as long as there is more


class ConstraintPage(Answer, kw_only=True):
    """Some of the constraints."""

    data: list[HardwareConstraint]
    offset: int
    limit: int
    total: int


async def constraints(call: Call) -> Response:
    """A page of the catalogue: what the machines there are, and those that may come, can meet."""
    limit, offset = _number(call, "limit", PAGE_MAX), _number(call, "offset", 0)
    if not 0 < limit <= PAGE_MAX:
        limit = PAGE_MAX
    found = hardware.catalogue(await _machines(call))
    data = found[offset : offset + limit]
    return answer(ConstraintPage(data=data, offset=offset, limit=limit, total=len(found)))


async def cpu_models(call: Call) -> Response:
    """The models of CPU whose names hold what is searched for, the nearest first."""
    asked = next(iter(call.query("cpuModel")), "").strip()
    if not asked:
        raise Invalid("cpuModel", "is required")
    models = hardware.offered(await _machines(call), Discriminator.CPU_MODEL)
    scored = [(-hardware.relevance(asked, str(model)), str(model)) for model in models]
    found = [
        HardwareConstraint(Discriminator.CPU_MODEL, cpu_model=model)
        for score, model in sorted(scored)
        if score
    ]
    return answer(found)


async def see_to_machines(call: Call, drafts: Sequence[Draft]) -> None:
    """Refuse those that no machine could run."""
    asking = [draft for draft in drafts if draft.spec.hardware_constraints]
    if not asking:
        return
    machines = await _machines(call)
    for draft in asking:
        try:
            hardware.admit(draft.spec.hardware_constraints, machines)
        except hardware.Unavailable as error:
            draft.refusal = error


async def _machines(call: Call) -> list[Inventory]:
    services = call.services
    return [*await services.database.glance(nodes.machines, services.clock()), *services.machines]


def _number(call: Call, name: str, default: int) -> int:
    text: Any = next(iter(call.query(name)), "")
    if not text:
        return default
    if not text.removeprefix("-").isdecimal() or not text.isascii() or len(text) > 10:
        raise Invalid(name, "must be a whole number")
    if name == "offset" and int(text) < 0:
        raise Invalid(name, "must be 0 or more")
    return int(text)


def routes() -> list[Route]:
    """The operations of the catalogue."""
    group = "Hardware constraints"
    return [
        Route("GET", "/hardware-constraints", constraints, "The hardware constraints that can be met", group,
              answers=ConstraintPage, query=("limit", "offset")),
        Route("GET", "/hardware-constraints/cpu-model-constraints/search", cpu_models,
              "The models of CPU with such a name", group, answers=list[HardwareConstraint], query=("cpuModel",)),
    ]  # fmt: skip
