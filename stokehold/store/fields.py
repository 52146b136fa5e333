"""The fields of tasks by which clients search (api.md 1.10), and what each is in SQL."""

import re
from collections.abc import Callable
from enum import Enum, auto
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, ColumnElement, Text, cast, func, literal
from sqlalchemy.dialects.postgresql import JSONB

from stokehold.domain.errors import Invalid
from stokehold.store.schema import tasks

_LABEL = re.compile(r"[A-Za-z0-9_\-]{1,200}")


class Kind(Enum):
    """How the values of a field compare."""

    TEXT = auto()
    NUMBER = auto()
    MOMENT = auto()
    SPAN = auto()
    TAGS = auto()
    EMPTY = auto()  # a list that is always empty: what fills it is not built


class Field(NamedTuple):
    """A field of a task: its kind, and what it is in SQL on a dialect at a moment."""

    kind: Kind
    sql: Callable[[str, int], ColumnElement[Any]]


def text(sql: ColumnElement[Any]) -> Field:
    """Text in the order of its bytes, whatever the language of the database."""
    return Field(Kind.TEXT, lambda dialect, _: sql.collate("C") if dialect == "postgresql" else sql)


def _plain(kind: Kind, sql: ColumnElement[Any]) -> Field:
    return Field(kind, lambda _dialect, _now: sql)


def _stored(name: str, default: str | None = None) -> Field:
    """A text of the submission."""

    def sql(dialect: str, _now: int) -> ColumnElement[Any]:
        found = _json(dialect, name)
        if default is not None:
            found = func.coalesce(found, default)
        return found.collate("C") if dialect == "postgresql" else found

    return Field(Kind.TEXT, sql)


def _amount(*path: str, default: int | None = None) -> Field:
    """A number of the submission."""

    def sql(dialect: str, _now: int) -> ColumnElement[Any]:
        found = cast(_json(dialect, *path), BigInteger)
        return found if default is None else func.coalesce(found, default)

    return Field(Kind.NUMBER, sql)


def _json(dialect: str, *path: str) -> ColumnElement[Any]:
    if dialect == "postgresql":
        value: ColumnElement[Any] = cast(tasks.c.spec, JSONB)[path].astext
        return value
    return func.json_extract(tasks.c.spec, "$" + "".join(f'."{name}"' for name in path))


_NULL = _plain(Kind.TEXT, cast(literal(None), Text))
_EMPTY = _plain(Kind.EMPTY, cast(literal(None), Text))

#: The fields of tasks that can be compared, by their names in lower case.
FIELDS: dict[str, Field] = {
    "uuid": text(tasks.c.uuid),
    "name": text(tasks.c.name),
    "shortname": text(tasks.c.shortname),
    "profile": text(tasks.c.profile),
    "state": text(tasks.c.state),
    "previousstate": text(tasks.c.previous_state),
    "statetransitiontime": _plain(Kind.MOMENT, tasks.c.state_at),
    "previousstatetransitiontime": _plain(Kind.MOMENT, tasks.c.previous_state_at),
    "lastmodified": _plain(Kind.MOMENT, tasks.c.modified_at),
    "creationdate": _plain(Kind.MOMENT, tasks.c.created_at),
    "enddate": _plain(Kind.MOMENT, tasks.c.ended_at),
    "tags": _plain(Kind.TAGS, tasks.c.id),
    "resultscount": _plain(Kind.NUMBER, tasks.c.results_count),
    "runninginstancecount": _plain(Kind.NUMBER, tasks.c.executing + tasks.c.uploading),
    "totalinstancecount": _plain(Kind.NUMBER, tasks.c.total),
    "instancecount": _amount("instanceCount", default=0),
    "executiontime": _plain(Kind.SPAN, tasks.c.execution_us),
    "walltime": Field(
        Kind.SPAN, lambda _dialect, now: func.coalesce(tasks.c.ended_at, now) - tasks.c.created_at
    ),
    "resultbucket": _stored("resultBucket"),
    "resultsbucketprefix": _stored("resultsBucketPrefix"),
    "resultswhitelist": _stored("resultsWhitelist"),
    "resultsblacklist": _stored("resultsBlacklist"),
    "snapshotwhitelist": _stored("snapshotWhitelist"),
    "snapshotblacklist": _stored("snapshotBlacklist"),
    "snapshotbucket": _stored("snapshotBucket"),
    "snapshotbucketprefix": _stored("snapshotBucketPrefix"),
    "advancedranges": _stored("advancedRanges"),
    "schedulingtype": _stored("schedulingType", "flex"),
    "projectuuid": _stored("projectUuid"),
    "pooluuid": _NULL,
    "jobuuid": _NULL,
    "snapshotinterval": _plain(Kind.NUMBER, cast(literal(0), BigInteger)),
    "maxtimequeueseconds": _amount("maxTimeQueueSeconds"),
    "maxretriesperinstance": _amount("maxRetriesPerInstance", default=0),
    "retrysettings.maxtotalretries": _amount("retrySettings", "maxTotalRetries"),
    "retrysettings.maxperinstanceretries": _amount("retrySettings", "maxPerInstanceRetries"),
    "defaultresourcescachettlsec": _amount("defaultResourcesCacheTTLSec"),
    "resultscachettlsec": _amount("resultsCacheTTLSec"),
    "dependencies.dependson": _EMPTY,
    "forcednetworkrules": _EMPTY,
    "forcedconstants": _EMPTY,
    "hardwareconstraints": _EMPTY,
    "constraints": _EMPTY,
}


def field(name: str, path: str) -> Field:
    """The field that a client names. Raises Invalid naming it."""
    head, _, rest = name.partition(".")
    if head.lower() == "labels" and _LABEL.fullmatch(rest):
        return Field(Kind.TEXT, lambda dialect, _now: _json(dialect, "labels", rest))
    found = FIELDS.get(name.lower())
    if found is None:
        raise Invalid(f"{path}.field", f"tasks cannot be searched by {name[:80]!r}")
    return found
