"""What the service is and what an account may do (api.md 2.1)."""

from collections.abc import Sequence

from starlette.responses import Response

from stokehold import __version__
from stokehold.api.call import Call, answer, done
from stokehold.api.progress import Answer
from stokehold.api.quotas import UserQuotas, used, user_quotas
from stokehold.api.services import Services
from stokehold.domain.errors import NotFound
from stokehold.domain.profile import PROFILES
from stokehold.domain.protocol import Inventory
from stokehold.store.accounts import Account
from stokehold.store.tasks import Usage


class Settings(Answer, kw_only=True):
    """Where the object storage is."""

    storage: str


class Version(Answer, kw_only=True):
    """A version of the interface, and when it ends."""

    version: str
    end_of_life: str | None = None


class Constant(Answer, kw_only=True):
    """A constant that a profile understands, and what it is unless the task says otherwise."""

    name: str
    value: str
    description: str


class Profile(Answer, kw_only=True):
    """A template of an execution environment."""

    name: str
    constants: list[Constant]
    licenses: tuple[str, ...] = ()


class Quotas(Answer, kw_only=True):
    """What an account may use."""

    user: UserQuotas


class UserInfo(Answer, kw_only=True):
    """An account: its e-mail is also its S3 access key."""

    email: str
    max_bucket: int
    quota_bytes_bucket: int
    quota_bytes: int
    max_task: int
    task_count: int
    max_running_task: int
    running_task_count: int
    max_job: int
    job_count: int
    max_pool: int = 0
    pool_count: int = 0
    max_running_pool: int = 0
    running_pool_count: int = 0
    running_instance_count: int
    running_core_count: int
    max_instances: int
    max_cores: int
    max_flex_instances: int
    max_flex_cores: int
    max_on_demand_instances: int
    max_on_demand_cores: int
    running_flex_instance_count: int
    running_flex_core_count: int
    running_on_demand_instance_count: int
    running_on_demand_core_count: int
    computing_quotas: Quotas
    projects: tuple[str, ...] = ()
    default_scheduling: str = "flex"


async def settings(call: Call) -> Response:
    """Where the object storage is."""
    return answer(Settings(storage=call.services.storage.endpoint))


async def versions(_call: Call) -> Response:
    """The versions of the interface."""
    return answer([Version(version="v1")])


async def alive(_call: Call) -> Response:
    """Whether the token is good."""
    return done()


async def info(call: Call) -> Response:
    """The account that asks."""
    usage, reservations = await call.services.database.read(used, call.account.id)
    return answer(user_info(call.account, usage, call.services, reservations))


def user_info(
    account: Account, usage: Usage, services: Services, reservations: Sequence[Inventory] = ()
) -> UserInfo:
    """What is not limited is told as a very large limit: clients know no other word for it."""
    limits = services.limits
    quotas = user_quotas(usage, services.quotas, reservations)
    return UserInfo(
        email=account.email,
        max_bucket=limits.buckets,
        quota_bytes_bucket=limits.storage_bytes,
        quota_bytes=limits.storage_bytes,
        max_task=limits.tasks,
        task_count=usage.tasks,
        max_running_task=limits.running_tasks,
        running_task_count=usage.running_tasks,
        max_job=limits.jobs,
        job_count=usage.jobs,
        running_instance_count=usage.running_instances,
        running_core_count=usage.running_cores,
        max_instances=limits.instances,
        max_cores=limits.cores,
        max_flex_instances=quotas.flex.max_instances,
        max_flex_cores=quotas.flex.max_cores,
        max_on_demand_instances=quotas.on_demand.max_instances,
        max_on_demand_cores=quotas.on_demand.max_cores,
        running_flex_instance_count=quotas.flex.running_instances_count,
        running_flex_core_count=quotas.flex.running_cores_count,
        running_on_demand_instance_count=quotas.on_demand.running_instances_count,
        running_on_demand_core_count=quotas.on_demand.running_cores_count,
        computing_quotas=Quotas(user=quotas),
    )


async def profiles(_call: Call) -> Response:
    """The names of the profiles."""
    return answer(list(PROFILES))


async def profile(call: Call) -> Response:
    """One profile."""
    name = call.params["name"]
    known = PROFILES.get(name)
    if known is None:
        raise NotFound(f"No such profile: {name[:80]}")
    constants = [Constant(name=c.name, value=c.value, description=c.description) for c in known.constants]
    return answer(Profile(name=known.name, constants=constants))


async def health(call: Call) -> Response:
    """What the server is made of, and that it answers."""
    return answer({"status": "ok", "version": __version__, **call.services.facts()})


async def metrics(call: Call) -> Response:
    """Numbers for Prometheus."""
    return Response(call.services.metrics(), media_type="text/plain; version=0.0.4; charset=utf-8")
