"""What a runner is told about the work it leased: constants, inputs, and where results go."""

from collections.abc import Mapping

import msgspec
import structlog

from stokehold.api.trust import Trust
from stokehold.domain.errors import Failure, Faults, NotFound, StokeholdError, StorageFull
from stokehold.domain.profile import PROFILES
from stokehold.domain.protocol import (
    Command,
    Destination,
    Input,
    Order,
    Produced,
    Refresh,
    Refused,
    Upload,
    Work,
)
from stokehold.domain.snapshot import Config
from stokehold.domain.storage import Storage
from stokehold.domain.task import AdvancedBucket, Spec
from stokehold.store import leases, snapshots
from stokehold.store.database import Database
from stokehold.store.leases import Given, Target

log = structlog.get_logger()

URL_LIFE_S = 24 * 3600  # a lease that lasts longer asks again

_spec = msgspec.json.Decoder(Spec)


async def describe(storage: Storage, given: Given, trust: Trust) -> Work:
    """The work of one task's leases. Inputs are those that are in the buckets now, not at submission.

    The leases are given the credentials that their instances may have.
    """
    try:
        return await _described(storage, given, trust)
    except StorageFull:
        raise
    except Exception:  # one task that cannot be told must not keep a node from all the others
        log.exception("work.untold", task=given.uuid)
        failure = Failure.of(Faults.RUNNER_FAULT, reason="the server could not tell the runner what to do")
        return Work(given.uuid, given.profile, {}, given.total, failure=failure)


async def _described(storage: Storage, given: Given, trust: Trust) -> Work:
    spec = _spec.decode(given.spec)
    profile = PROFILES[given.profile]
    work = Work(
        task=given.uuid,
        profile=given.profile,
        constants=profile.merged(spec, trust.secrets(given)),
        unexported=[f.constant_name for f in spec.forced_constants if f.force_export_in_environment is False],
        instance_count=spec.told_instance_count or given.total,
        network=profile.network,
        results=bool(spec.result_bucket),
        results_whitelist=spec.results_whitelist or "",
        results_blacklist=spec.results_blacklist or "",
        results_when_stopped=bool(spec.upload_results_on_cancellation),
    )
    if spec.exports_credentials:
        for lease in given.leases:
            lease.exports = trust.credentials(given, lease, work.constants)
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


async def equip(database: Database, storage: Storage, orders: list[Order]) -> list[Command]:
    """These commands as a runner needs them: those to refresh the inputs with the inputs of this moment."""
    refreshes = [order for order in orders if isinstance(order, Refresh)]
    targets = await database.read(leases.targets, [r.token for r in refreshes]) if refreshes else {}
    looked_up: dict[int, tuple[list[Input], str]] = {}
    for order in refreshes:
        target = targets.get(order.token)
        if target is not None:
            if target.task_id not in looked_up:
                looked_up[target.task_id] = await _inputs_now(storage, target)
            order.inputs, order.reason = looked_up[target.task_id]
    gone = {id(order) for order in refreshes if order.token not in targets}
    return [order for order in orders if id(order) not in gone]


async def _inputs_now(storage: Storage, target: Target) -> tuple[list[Input], str]:
    """The inputs of a task, or why they cannot be had."""
    found: list[Input] = []
    for bucket in _spec.decode(target.spec).buckets():
        try:
            found.extend(await _inputs(storage, target.account_id, bucket))
        except NotFound:
            return [], Failure.of(Faults.BUCKET_GONE, bucket=bucket.bucket_name).message
    return found, ""


async def plan(database: Database, storage: Storage, produced: list[Produced]) -> list[Command]:
    """Where the files of these attempts go; an attempt that is no longer current is refused."""
    targets = await database.read(leases.targets, [p.token for p in produced])
    asked = {p.snapshot for p in produced if p.snapshot}
    configs = await database.read(snapshots.configs, asked) if asked else {}
    return [await _upload(storage, p, targets.get(p.token), configs) for p in produced]


async def _upload(
    storage: Storage, produced: Produced, target: Target | None, configs: Mapping[int, Config]
) -> Command:
    what = (produced.snapshot, produced.piece)
    if target is None:
        return Refused(produced.token, "the lease is no longer the current one", *what)
    if produced.snapshot and produced.snapshot not in configs:
        return Refused(produced.token, "the snapshot is no longer known", *what)
    config = configs.get(produced.snapshot) or _final(target)
    try:
        return Upload(produced.token, await _destinations(storage, produced, target, config), *what)
    except StorageFull:
        raise  # it passes: the runner asks again
    except StokeholdError as error:  # it does not, and must not keep the runner's other reports from us
        return Refused(produced.token, error.message, *what)


def _final(target: Target) -> Config:
    """Where the final results go."""
    spec = _spec.decode(target.spec)
    return Config(bucket=spec.result_bucket, bucket_prefix=spec.results_bucket_prefix)


async def _destinations(
    storage: Storage, produced: Produced, target: Target, config: Config
) -> list[Destination]:
    bucket, prefix = config.bucket or "", config.bucket_prefix or ""
    account, writer = target.account_id, f"{target.task_id}.{target.instance_id}"
    await storage.ensure_bucket(account, bucket)
    return [
        await storage.plan_upload(account, bucket, prefix + path, path, size, URL_LIFE_S, writer=writer)
        for path, size in produced.files
    ]
