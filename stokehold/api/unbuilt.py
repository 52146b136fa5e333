"""What is not built yet. Each answers 501 and says so; docs/reference/capabilities.md is written from these tables.

Building a capability takes its lines away from here.
"""

from collections.abc import Callable
from typing import Any

from msgspec import Struct
from starlette.responses import Response

from stokehold.api.call import Call
from stokehold.api.routes import Route
from stokehold.domain.errors import NotBuilt
from stokehold.domain.job import JobSpec
from stokehold.domain.task import Spec

PAGE = "docs/reference/capabilities.md"


class Capability(Struct, frozen=True):
    """Something whole that is not built, and the operations that belong to it."""

    name: str
    operations: tuple[str, ...] = ()


POOLS = Capability(
    "Pools",
    (
        "GET /pools",
        "POST /pools",
        "POST /pools/search",
        "POST /pools/paginate",
        "GET /pools/summaries",
        "POST /pools/summaries/paginate",
        "GET /pools/{id}",
        "PUT /pools/{id}",
        "PATCH /pools/{id}",
        "DELETE /pools/{id}",
        "POST /pools/{id}/close",
        "POST /pools/{id}/clone",
        "GET /pools/{id}/jobs",
        "GET /pools/{id}/tasks",
        "GET /pools/{id}/scaling",
        "PUT /pools/{id}/scaling",
        "POST /sanity-checks/pools/scaling",
        *(
            f"{method} /pools/{{id}}/{stream}{instance}"
            for stream in ("stdout", "stderr")
            for instance in ("", "/{instanceId}")
            for method in ("GET", "POST")
        ),
    ),
)
SECRETS = Capability(
    "Secrets",
    (
        "GET /secrets-manager/data/{key...}",
        "PUT /secrets-manager/data/{key...}",
        "PATCH /secrets-manager/data/{key...}",
        "DELETE /secrets-manager/data/{key...}",
        "GET /secrets-manager/search/{prefix...}",
    ),
)
CARBON = Capability(
    "Carbon facts", ("GET /carbon/v1/tasks/{id}/carbon-facts", "GET /carbon/v1/pools/{id}/carbon-facts")
)
CREDITS = Capability(
    "Credits, projects and budgets",
    (
        "GET /credits/v1/accounts/credits",
        "GET /credits/v1/tasks/{id}/credits",
        "GET /credits/v1/pools/{id}/credits",
        "GET /credits/v1/projects/{id}/budgets",
    ),
)
NETWORK = Capability("Port forwarding and network rules", ("GET /network/tasks/{id}/port-forward",))

CAPABILITIES = (
    POOLS,
    SECRETS,
    CARBON,
    CREDITS,
    NETWORK,
)

#: Fields of a submission that would be passed over if they were accepted: what asks for them, and what they need.
FIELDS: dict[str, tuple[Callable[[Spec], object], Capability]] = {
    "poolUuid": (lambda spec: spec.pool_uuid, POOLS),
    "projectUuid": (lambda spec: spec.project_uuid, CREDITS),
    "secretsAccessRights": (
        lambda spec: (
            spec.secrets_access_rights
            and (spec.secrets_access_rights.by_secret or spec.secrets_access_rights.by_prefix)
        ),
        SECRETS,
    ),
    "forcedNetworkRules": (lambda spec: spec.forced_network_rules, NETWORK),
}


def refuse(spec: Spec) -> None:
    """Raise NotBuilt, naming the field, when a submission asks for what is not built."""
    for name, (asked, capability) in FIELDS.items():
        if asked(spec):
            raise NotBuilt(f"{name}: {_unbuilt(capability)}")


def refuse_job(spec: JobSpec) -> None:
    """Raise NotBuilt when a job asks for a pool."""
    if spec.pool_uuid:
        raise NotBuilt(f"poolUuid: {_unbuilt(POOLS)}")


def routes() -> list[Route]:
    """Every operation that is not built."""
    return [
        _route(operation, capability) for capability in CAPABILITIES for operation in capability.operations
    ]


def _route(operation: str, capability: Capability) -> Route:
    method, path = operation.split(" ", 1)

    async def refuse_call(_call: Call) -> Response:
        raise NotBuilt(f"{operation}: {_unbuilt(capability)}")

    kind: dict[str, Any] = {"group": capability.name, "built": False}
    return Route(method, path, refuse_call, f"Not built yet: {capability.name}", **kind)


def _unbuilt(capability: Capability) -> str:
    return f"not built in this version ({capability.name}); see {PAGE}."
