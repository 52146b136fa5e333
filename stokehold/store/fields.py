"""The fields of tasks by which clients search (api.md 1.10), and what each is in SQL."""

import re
from collections.abc import Callable, Sequence
from enum import Enum, auto
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, ColumnElement, Text, case, cast, func, select
from sqlalchemy.dialects.postgresql import JSONB

from stokehold.domain.errors import Invalid
from stokehold.domain.states import ENDS, Phase
from stokehold.domain.task import SECRET_PREFIX
from stokehold.store.schema import LABEL_KEY, attempts, labels, nodes, tasks

_KEY = re.compile(r"[A-Za-z0-9_.\-]{1,2048}")


class Kind(Enum):
    """How the values of a field compare."""

    TEXT = auto()
    NUMBER = auto()
    MOMENT = auto()
    SPAN = auto()
    TAGS = auto()
    LIST = auto()  # of texts: `sql` selects those of a task


class Field(NamedTuple):
    """A field of a task: its kind, and what it is in SQL on a dialect at a moment.

    `head`: its first characters, which an index has; they decide when what it is compared with is shorter.
    `label`: the key of the label that it is, whose heads are rows of their own.
    """

    kind: Kind
    sql: Callable[[str, int], Any]
    head: ColumnElement[Any] | None = None
    label: str | None = None


def text(sql: ColumnElement[Any], head: ColumnElement[Any] | None = None) -> Field:
    """Text in the order of its bytes, whatever the language of the database."""
    return Field(Kind.TEXT, lambda dialect, _: _bytewise(sql, dialect), head)


def _plain(kind: Kind, sql: ColumnElement[Any]) -> Field:
    return Field(kind, lambda _dialect, _now: sql)


def _stored(*path: str, default: str | None = None) -> Field:
    """A text of the submission."""

    def sql(dialect: str, _now: int) -> ColumnElement[Any]:
        found = _json(dialect, *path)
        return _bytewise(found if default is None else func.coalesce(found, default), dialect)

    return Field(Kind.TEXT, sql)


def _amount(*path: str, default: int | None = None) -> Field:
    """A number of the submission."""

    def sql(dialect: str, _now: int) -> ColumnElement[Any]:
        found = cast(_json(dialect, *path), BigInteger)
        return found if default is None else func.coalesce(found, default)

    return Field(Kind.NUMBER, sql)


def _flag(*path: str) -> Field:
    """A yes or no of the submission, as `true` or `false`; no unless it was given."""

    def sql(dialect: str, _now: int) -> ColumnElement[Any]:
        return case((_json(dialect, *path).in_(_true(dialect)), "true"), else_="false")

    return Field(Kind.TEXT, sql)


def _listed(*path: str, part: str | None = None) -> Field:
    """A list of the submission: its texts, or of its objects the `part` that names them."""

    def sql(dialect: str, _now: int) -> Any:
        if dialect == "postgresql":
            each = func.jsonb_array_elements(_document()[path]).table_valued("value")
            value = cast(each.c.value, JSONB)
            return select(value[(part,) if part else ()].astext)
        each = func.json_each(tasks.c.spec, _path(path)).table_valued("value")
        return select(func.json_extract(each.c.value, _path((part,))) if part else each.c.value)

    return Field(Kind.LIST, sql)


def _pair(path: str, key: str) -> Field:
    """The value of one key in a list of keys and values."""

    def sql(dialect: str, _now: int) -> ColumnElement[Any]:
        if dialect == "postgresql":
            each = func.jsonb_array_elements(_document()[(path,)]).table_valued("value")
            pair = cast(each.c.value, JSONB)
            name, value = pair["key"].astext, pair["value"].astext
        else:
            each = func.json_each(tasks.c.spec, _path((path,))).table_valued("value")
            name, value = (func.json_extract(each.c.value, f"$.{part}") for part in ("key", "value"))
        return _bytewise(select(value).where(name == key).limit(1).scalar_subquery(), dialect)

    return Field(Kind.TEXT, sql)


def _label(key: str) -> Field:
    """A label; those with a long key have no rows."""

    def sql(dialect: str, _now: int) -> ColumnElement[Any]:
        return _bytewise(_json(dialect, "labels", key), dialect)

    if len(key) > LABEL_KEY:
        return Field(Kind.TEXT, sql)
    return Field(Kind.TEXT, sql, labels.c.value_head, key)


def _ended_instances(_dialect: str, _now: int) -> Any:
    over = attempts.c.phase.in_([str(phase) for phase in ENDS])
    return select(cast(attempts.c.instance_id, Text)).where(attempts.c.task_id == tasks.c.id, over)


def _running_cores(dialect: str, _now: int) -> ColumnElement[Any]:
    """The cores of the instances that run: of each, its node's share of one slot."""
    cores, slots = (_of_node(dialect, name) for name in ("cores", "slots"))
    each = case((slots > 1, cores / slots), else_=cores)
    held = select(func.coalesce(func.sum(case((each > 1, each), else_=1)), 0)).join_from(attempts, nodes)
    phases = attempts.c.phase.in_([str(Phase.EXECUTION), str(Phase.UPLOAD)])
    mine = (attempts.c.task_id == tasks.c.id, attempts.c.ended_at.is_(None), phases)
    running = tasks.c.executing + tasks.c.uploading
    return case((running > 0, held.where(*mine).scalar_subquery()), else_=0)


def _of_node(dialect: str, name: str) -> ColumnElement[int]:
    if dialect == "postgresql":
        return cast(cast(nodes.c.inventory, JSONB)[name].astext, BigInteger)
    return cast(func.json_extract(nodes.c.inventory, f"$.{name}"), BigInteger)


def _bytewise(sql: ColumnElement[Any], dialect: str) -> ColumnElement[Any]:
    return sql.collate("C") if dialect == "postgresql" else sql


def _json(dialect: str, *path: str) -> ColumnElement[Any]:
    if dialect == "postgresql":
        value: ColumnElement[Any] = _document()[path].astext
        return value
    return func.json_extract(tasks.c.spec, _path(path))


def _document() -> Any:
    return cast(tasks.c.spec, JSONB)


def _path(names: Sequence[str | None]) -> str:
    return "$" + "".join(f'."{name}"' for name in names)


def _true(dialect: str) -> list[Any]:
    return ["true"] if dialect == "postgresql" else [1]


#: The fields of tasks that can be compared, by their names in lower case.
FIELDS: dict[str, Field] = {
    "uuid": text(tasks.c.uuid),
    "name": text(tasks.c.name, tasks.c.name_head),
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
    "runningcorecount": Field(Kind.NUMBER, _running_cores),
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
    "schedulingtype": _stored("schedulingType", default="flex"),
    "projectuuid": _stored("projectUuid"),
    "pooluuid": _stored("poolUuid"),
    "jobuuid": _stored("jobUuid"),
    "snapshotinterval": _plain(Kind.NUMBER, tasks.c.snapshot_every_s),
    "maxtimequeueseconds": _amount("maxTimeQueueSeconds"),
    "maxretriesperinstance": _amount("maxRetriesPerInstance", default=0),
    "retrysettings.maxtotalretries": _amount("retrySettings", "maxTotalRetries"),
    "retrysettings.maxperinstanceretries": _amount("retrySettings", "maxPerInstanceRetries"),
    "defaultresourcescachettlsec": _amount("defaultResourcesCacheTTLSec"),
    "resultscachettlsec": _amount("resultsCacheTTLSec"),
    "privileges.exportapiandstoragecredentialsinenvironment": _flag(
        "privileges", "exportApiAndStorageCredentialsInEnvironment"
    ),
    "dependencies.dependson": _listed("dependencies", "dependsOn"),
    "resourcebuckets": _listed("resourceBuckets"),
    "constants": _listed("constants", part="key"),
    "constraints": _listed("constraints", part="key"),
    "forcedconstants": _listed("forcedConstants", part="constantName"),
    "forcednetworkrules": _listed("forcedNetworkRules", part="name"),
    "hardwareconstraints": _listed("hardwareConstraints", part="discriminator"),
    "completedinstances": Field(Kind.LIST, _ended_instances),
}

_PARTS = {"privileges": "privileges.exportApiAndStorageCredentialsInEnvironment",
          "retrysettings": "retrySettings.maxTotalRetries or retrySettings.maxPerInstanceRetries",
          "dependencies": "dependencies.dependsOn", "labels": "labels.<key>"}  # fmt: skip


def field(name: str, path: str) -> Field:
    """The field that a client names. Raises Invalid naming it."""
    found = FIELDS.get(name.lower()) or _inner(*name.partition(".")[::2], path)
    if found is None:
        better = _PARTS.get(name.lower())
        hint = f"; name {better}" if better else ""
        raise Invalid(f"{path}.field", f"tasks cannot be searched by {name[:80]!r}{hint}")
    return found


def _inner(head: str, key: str, path: str) -> Field | None:
    """One of the keys that users choose."""
    if not _KEY.fullmatch(key):
        return None
    match head.lower():
        case "labels":
            return _label(key)
        case "constants":
            if key.startswith(SECRET_PREFIX):
                raise Invalid(f"{path}.field", f"tasks cannot be searched by the secret Constants.{key[:80]}")
            return _pair("constants", key)
    return None
