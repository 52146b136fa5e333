"""How a submission joins a job: what it must say, what it waits for, whose results it may read."""

from collections.abc import Sequence

from msgspec import UNSET, Struct

from stokehold.api.answers import AdvancedDependency, Dependencies
from stokehold.api.call import Call
from stokehold.domain import dependencies
from stokehold.domain.errors import Invalid
from stokehold.domain.events import Upstream
from stokehold.domain.job import JobState
from stokehold.domain.task import Spec
from stokehold.store import jobs
from stokehold.store.dependencies import Dependency


class Membership(Struct, frozen=True):
    """The job of a submission, and the tasks that it waits for."""

    job_id: int | None = None
    upstreams: tuple[Upstream, ...] = ()


async def join(call: Call, spec: Spec) -> Membership:
    """What a submission says of its job; `spec` then has the job's UUID. Raises Invalid.

    Which of the upstreams there are is known only when the task is stored: they may come in the same call.
    """
    upstreams = dependencies.upstreams(spec.dependencies)
    if not spec.job_uuid:
        if upstreams:
            raise Invalid(_field(spec), "only a task of a job with useDependencies may wait for others")
        return Membership()
    job = await call.services.database.glance(jobs.find, call.account.id, spec.job_uuid)
    if job is None:
        raise Invalid("jobUuid", f"there is no job {spec.job_uuid[:80]!r}")
    if job.state != JobState.ACTIVE:
        raise Invalid("jobUuid", f"the job {job.uuid} takes no more tasks: it is {job.state}")
    if upstreams and not job.use_dependencies:
        raise Invalid(_field(spec), "the job was made without useDependencies")
    spec.job_uuid = job.uuid
    return Membership(job.id, upstreams)


async def promised(call: Call, member: Membership, missing: Sequence[str]) -> set[str]:
    """The buckets of `missing` that tasks which it waits for will fill."""
    if member.job_id is None or not missing or not member.upstreams:
        return set()
    names = [one.uuid for one in member.upstreams]
    found = await call.services.database.read(jobs.result_buckets, member.job_id, names)
    return found & set(missing)


def waiting(each: Sequence[Dependency], *, advanced: bool) -> Dependencies:
    """What a task waits for, as clients read it: in the list in which it was submitted."""
    return Dependencies(
        depends_on=[] if advanced else [one.uuid for one in each],
        advanced_depends_on=[
            AdvancedDependency(
                task_uuid=one.uuid,
                task_final_state_condition=list(one.ends) or None,
                state=one.standing,
                actual_final_state=one.ended_as,
            )
            for one in each
        ]
        if advanced
        else UNSET,
        state=dependencies.overall(one.standing for one in each),
    )


def _field(spec: Spec) -> str:
    return dependencies.field(spec.dependencies) if spec.dependencies else "dependencies"
