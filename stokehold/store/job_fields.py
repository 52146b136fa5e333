"""The fields of jobs by which clients search (api.md 1.10), and what each is in SQL."""

from sqlalchemy import Text, case, cast, literal

from stokehold.domain.errors import Invalid
from stokehold.store.fields import Field, Kind, text
from stokehold.store.job_schema import jobs

#: The fields of jobs that can be compared, by their names in lower case.
FIELDS: dict[str, Field] = {
    "uuid": text(jobs.c.uuid),
    "name": text(jobs.c.name),
    "shortname": text(jobs.c.shortname),
    "pooluuid": text(cast(literal(None), Text)),
    "state": text(jobs.c.state),
    "previousstate": text(jobs.c.previous_state),
    "statetransitiontime": Field(Kind.MOMENT, lambda _dialect, _now: jobs.c.state_at),
    "previousstatetransitiontime": Field(Kind.MOMENT, lambda _dialect, _now: jobs.c.previous_state_at),
    "creationdate": Field(Kind.MOMENT, lambda _dialect, _now: jobs.c.created_at),
    "lastmodified": Field(Kind.MOMENT, lambda _dialect, _now: jobs.c.modified_at),
    "tags": Field(Kind.TAGS, lambda _dialect, _now: jobs.c.id),
    "usedependencies": text(case((jobs.c.use_dependencies, literal("true")), else_=literal("false"))),
}


def job_field(name: str, path: str) -> Field:
    """The field that a client names. Raises Invalid naming it."""
    found = FIELDS.get(name.lower())
    if found is None:
        raise Invalid(f"{path}.field", f"jobs cannot be searched by {name[:80]!r}")
    return found
