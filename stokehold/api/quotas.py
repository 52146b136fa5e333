"""What an account may have running at once, and what it has (api.md 2.8)."""

from collections.abc import Sequence

from starlette.responses import Response

from stokehold.api.call import Call, answer
from stokehold.api.progress import Answer
from stokehold.api.routes import Route
from stokehold.api.services import UNLIMITED
from stokehold.domain import quota
from stokehold.domain.errors import NotFound
from stokehold.domain.hardware import specification
from stokehold.domain.protocol import Inventory
from stokehold.store import nodes, tasks
from stokehold.store.database import Connection
from stokehold.store.tasks import Running, Usage


class Quota(Answer, kw_only=True):
    """What an account may use of one scheduling type, and what it uses. The last two are one number."""

    max_instances: int
    max_cores: int
    running_instances_count: int
    running_cores_count: int
    running_core_count: int


class ReservedQuota(Quota, kw_only=True):
    """What an account may use of reserved machines of one kind."""

    machine_key: str
    reservation_name: str


class UserQuotas(Answer, kw_only=True):
    """What an account may use."""

    flex: Quota
    on_demand: Quota
    reserved: list[ReservedQuota]


async def user(call: Call) -> Response:
    """What the account that asks may use, and uses."""
    usage, reserved = await call.services.database.read(used, call.account.id)
    return answer(user_quotas(usage, call.services.quotas, reserved))


async def organization(_call: Call) -> Response:
    """There are no organisations here: clients know this answer for accounts without one."""
    raise NotFound("This account belongs to no organization.")


def used(conn: Connection, account_id: int) -> tuple[Usage, list[Inventory]]:
    """What an account uses, and the reserved machines that are here."""
    here = [node for _, node in nodes.runners(conn) if node.reservation]
    return tasks.usage(conn, account_id), here


def user_quotas(usage: Usage, limits: quota.Quotas, reserved: Sequence[Inventory]) -> UserQuotas:
    """What is not limited is told as a very large limit: clients know no other word for it."""
    return UserQuotas(
        flex=Quota(**_numbers(limits.flex, usage.classes.get("flex", Running()))),
        on_demand=Quota(**_numbers(limits.on_demand, usage.classes.get("onDemand", Running()))),
        reserved=[
            _reserved(name, [node for node in reserved if node.reservation == name], usage, limits.reserved)
            for name in sorted({node.reservation for node in reserved})
        ],
    )


def _reserved(name: str, machines: list[Inventory], usage: Usage, limit: quota.Quota) -> ReservedQuota:
    """What may run on the machines of a reservation: no more than they hold."""
    slots = sum(node.slots for node in machines)
    cores = sum(node.cores for node in machines)
    most = quota.Quota(min(slots, limit.instances or slots), min(cores, limit.cores or cores))
    return ReservedQuota(
        machine_key=specification(machines[0]),
        reservation_name=name,
        **_numbers(most, usage.reserved.get(name, Running())),
    )


def _numbers(limit: quota.Quota, running: Running) -> dict[str, int]:
    return {
        "max_instances": limit.instances or UNLIMITED,
        "max_cores": limit.cores or UNLIMITED,
        "running_instances_count": running.instances,
        "running_cores_count": running.cores,
        "running_core_count": running.cores,
    }


def routes() -> list[Route]:
    """The operations of quotas."""
    path = "/quotas/computing-quotas"
    return [
        Route("GET", f"{path}/user", user, "What the account may use at once, and uses", "Quotas", answers=UserQuotas),
        Route("GET", f"{path}/organization", organization, "What its organization may use", "Quotas",
              answers=UserQuotas),
    ]  # fmt: skip
