"""How a submission joins a job: what it must say, what it waits for, whose results it may read."""

from collections.abc import Collection, Sequence

from msgspec import UNSET

from stokehold.api.answers import AdvancedDependency, Dependencies
from stokehold.api.call import Call
from stokehold.api.drafts import Draft
from stokehold.domain import dependencies
from stokehold.domain.errors import Invalid
from stokehold.domain.task import Spec
from stokehold.store import jobs
from stokehold.store.dependencies import Dependency


async def join(call: Call, drafts: Sequence[Draft]) -> None:
    """Find the jobs of submissions; refuse those that say what their job does not allow.

    Which of the tasks to wait for there are is known only when a submission is stored: they may come in one call.
    """
    found: dict[str, jobs.Job | None] = {}
    for draft in drafts:
        name = draft.spec.job_uuid
        if name and name not in found:
            found[name] = await call.services.database.glance(jobs.find, call.account.id, name)
        try:
            _join(draft, found.get(name) if name else None)
        except Invalid as refusal:
            draft.refusal = refusal


def _join(draft: Draft, job: jobs.Job | None) -> None:
    spec = draft.spec
    draft.upstreams = dependencies.upstreams(spec.dependencies)
    if not spec.job_uuid:
        if draft.upstreams:
            raise Invalid(_field(spec), "only a task of a job with useDependencies may wait for others")
        return
    if job is None:
        raise Invalid("jobUuid", f"there is no job {spec.job_uuid[:80]!r}")
    if draft.upstreams and not job.use_dependencies:
        raise Invalid(_field(spec), "the job was made without useDependencies")
    draft.job_id, spec.job_uuid = job.id, job.uuid


async def promised(call: Call, drafts: Sequence[Draft], missing: Collection[str]) -> dict[str, set[str]]:
    """By the UUIDs of submissions: the buckets among `missing` that the tasks they wait for will fill."""
    found: dict[str, set[str]] = {}
    for draft in drafts:
        if draft.job_id is None or not draft.upstreams:
            continue
        named = {bucket.bucket_name for bucket in draft.spec.buckets()} & set(missing)
        if named:
            names = [one.uuid for one in draft.upstreams]
            there = await call.services.database.read(jobs.result_buckets, draft.job_id, names)
            found[draft.uuid] = named & (there | _beside(draft, names, drafts))
    return found


def _beside(draft: Draft, names: Sequence[str], drafts: Sequence[Draft]) -> set[str]:
    """The result buckets of tasks of the same call that are named."""
    others = (one for one in drafts if one.job_id == draft.job_id and one.spec.shortname in names)
    return {one.spec.result_bucket for one in others if one.spec.result_bucket}


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
