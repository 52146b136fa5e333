"""What a runner is told about the work it leased: constants, inputs, and where results go."""

import msgspec
import structlog

from stokehold.domain.errors import Failure, Faults, NotFound, StokeholdError, StorageFull
from stokehold.domain.profile import PROFILES
from stokehold.domain.protocol import Command, Destination, Input, Produced, Refused, Upload, Work
from stokehold.domain.storage import Storage
from stokehold.domain.task import AdvancedBucket, Spec
from stokehold.store import leases
from stokehold.store.database import Database
from stokehold.store.leases import Given, Target

log = structlog.get_logger()

URL_LIFE_S = 24 * 3600  # a lease that lasts longer asks again

_spec = msgspec.json.Decoder(Spec)


async def describe(storage: Storage, given: Given) -> Work:
    """The work of one task's leases. Inputs are those that are in the buckets now, not at submission."""
    try:
        return await _described(storage, given)
    except StorageFull:
        raise
    except Exception:  # one task that cannot be told must not keep a node from all the others
        log.exception("work.untold", task=given.uuid)
        failure = Failure.of(Faults.RUNNER_FAULT, reason="the server could not tell the runner what to do")
        return Work(given.uuid, given.profile, {}, given.total, failure=failure)


async def _described(storage: Storage, given: Given) -> Work:
    spec = _spec.decode(given.spec)
    profile = PROFILES[given.profile]
    work = Work(
        task=given.uuid,
        profile=given.profile,
        constants={c.name: c.value for c in profile.constants} | {c.key: c.value for c in spec.constants},
        instance_count=spec.told_instance_count or given.total,
        network=profile.network,
        results=bool(spec.result_bucket),
        results_whitelist=spec.results_whitelist or "",
        results_blacklist=spec.results_blacklist or "",
        results_when_stopped=bool(spec.upload_results_on_cancellation),
    )
    for bucket in spec.buckets():
        try:
            work.inputs.extend(await _inputs(storage, given.account_id, bucket))
        except NotFound:
            work.failure = Failure.of(Faults.BUCKET_GONE, bucket=bucket.bucket_name)
    return work


async def _inputs(storage: Storage, account_id: int, bucket: AdvancedBucket) -> list[Input]:
    objects = await storage.list_objects(account_id, bucket.bucket_name, bucket.prefix)
    return [
        Input(
            path=item.key.removeprefix(bucket.stripped),
            etag=item.etag,
            size=item.size,
            bucket=f"{account_id}/{bucket.bucket_name}",
            key=item.key,
            url=storage.presign_get(account_id, bucket.bucket_name, item.key, URL_LIFE_S),
        )
        for item in objects
    ]


async def plan(database: Database, storage: Storage, produced: list[Produced]) -> list[Command]:
    """Where the results of these attempts go; an attempt that is no longer current is refused."""
    targets = await database.read(leases.targets, [p.token for p in produced])
    return [await _upload(storage, p, targets.get(p.token)) for p in produced]


async def _upload(storage: Storage, produced: Produced, target: Target | None) -> Command:
    if target is None:
        return Refused(produced.token, "the lease is no longer the current one")
    try:
        return Upload(produced.token, await _destinations(storage, produced, target))
    except StorageFull:
        raise  # it passes: the runner asks again
    except StokeholdError as error:  # it does not, and must not keep the runner's other reports from us
        return Refused(produced.token, error.message)


async def _destinations(storage: Storage, produced: Produced, target: Target) -> list[Destination]:
    spec = _spec.decode(target.spec)
    bucket, prefix = spec.result_bucket or "", spec.results_bucket_prefix or ""
    await storage.ensure_bucket(target.account_id, bucket)
    return [
        await storage.plan_upload(target.account_id, bucket, prefix + path, path, size, URL_LIFE_S)
        for path, size in produced.files
    ]
