"""A submission on its way from the body of a request to a stored task."""

from dataclasses import dataclass

import msgspec

from stokehold.domain.errors import StokeholdError
from stokehold.domain.events import Submitted
from stokehold.domain.task import Spec


@dataclass(slots=True)
class Draft:
    """An accepted submission. What checks look up for its event, and why one of them refuses it, is kept here."""

    uuid: str
    account_id: int
    spec: Spec
    refusal: StokeholdError | None = None

    def event(self, _at: int) -> Submitted:
        """What the journal is told at this moment."""
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
        )
