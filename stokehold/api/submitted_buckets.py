"""The buckets that submissions name: inputs must be there, those for results are made."""

import asyncio
from collections.abc import Iterable, Sequence

from stokehold.api.call import Call
from stokehold.api.drafts import Draft
from stokehold.api.joining import promised
from stokehold.domain.errors import NotFound, StokeholdError

ASKED_AT_ONCE = 1000  # names in one look at the storage


async def see_to_buckets(call: Call, drafts: Sequence[Draft]) -> None:
    """Refuse those that read a bucket which is not there; make the result buckets of the others."""
    results = {name for draft in drafts for name in _made(draft)}
    inputs = {name for draft in drafts for name in _inputs(draft)}
    missing = await _missing(call, [*inputs, *(results - inputs)])
    to_come = await promised(call, drafts, missing) if missing else {}
    for draft in drafts:
        lacking = [name for name in _inputs(draft) if name in missing - to_come.get(draft.uuid, set())]
        if lacking:
            draft.refusal = NotFound(f"No such bucket: {', '.join(lacking)}")
    good = [draft for draft in drafts if draft.refusal is None]
    results = {name for draft in good for name in _made(draft)}
    wanted = sorted(results.union(*(to_come.get(draft.uuid, set()) for draft in good)) & missing)
    refusals = dict(zip(wanted, await _make(call, wanted), strict=True))
    for draft in good:
        draft.refusal = next((why for name in _made(draft) if (why := refusals.get(name))), None)


def _inputs(draft: Draft) -> Iterable[str]:
    return dict.fromkeys(bucket.bucket_name for bucket in draft.spec.buckets())


def _made(draft: Draft) -> Iterable[str]:
    """The buckets that are made when they are missing."""
    names = (draft.spec.result_bucket, draft.spec.snapshot_bucket)
    return dict.fromkeys(name for name in names if name)


async def _missing(call: Call, names: Sequence[str]) -> set[str]:
    parts = [names[start : start + ASKED_AT_ONCE] for start in range(0, len(names), ASKED_AT_ONCE)]
    storage = call.services.storage
    return {name for part in parts for name in await storage.missing_buckets(call.account.id, list(part))}


async def _make(call: Call, names: Iterable[str]) -> list[StokeholdError | None]:
    """For each of the buckets, why it cannot be made."""
    return list(await asyncio.gather(*(_make_one(call, name) for name in names)))


async def _make_one(call: Call, name: str) -> StokeholdError | None:
    try:
        await call.services.storage.ensure_bucket(call.account.id, name)
    except StokeholdError as error:
        return error
    return None
