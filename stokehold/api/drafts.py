"""A submission on its way from the body of a request to a stored task."""

import hashlib
from dataclasses import dataclass

import msgspec

from stokehold.domain.errors import StokeholdError
from stokehold.domain.events import Submitted, Upstream
from stokehold.domain.hardware import stored
from stokehold.domain.moments import SECOND, timespan
from stokehold.domain.task import Spec
from stokehold.store.secrets import Sealed


@dataclass(slots=True)
class Draft:
    """An accepted submission. What checks look up for its event, and why one of them refuses it, is kept here."""

    uuid: str
    account_id: int
    spec: Spec
    refusal: StokeholdError | None = None
    job_id: int | None = None
    upstreams: tuple[Upstream, ...] = ()  # tasks to wait for
    secrets: Sealed = ()  # what was taken out of the submission
    request: str = ""  # a digest of what was asked for, when the client may ask again

    def event(self, at: int) -> Submitted:
        """What the journal is told at the moment `at`."""
        spec = self.spec
        return Submitted(
            uuid=self.uuid,
            account_id=self.account_id,
            name=spec.name,
            shortname=spec.shortname or self.uuid,
            profile=spec.profile or "",
            spec=msgspec.json.encode(spec).decode(),
            ids=spec.ids(),
            tags=tuple(spec.tags),
            labels=tuple(spec.labels.items()),
            job_id=self.job_id,
            upstreams=self.upstreams,
            scheduling=str(spec.scheduling),
            reservation=spec.reservation,
            needs=stored(spec.hardware_constraints),
            most_running=spec.max_running_instances or None,
            queue_by=at + limit * SECOND if (limit := spec.max_time_queue_seconds) else None,
            completion_ttl_us=timespan(spec.completion_time_to_live or "0:0:0", "completionTimeToLive"),
            evictable=spec.auto_delete_on_completion,
            secrets=self.secrets,
            request=self.request,
        )


def digest(said: object) -> str:
    """A short text that is the same when the same is said."""
    return hashlib.sha256(msgspec.json.encode(said)).hexdigest()
