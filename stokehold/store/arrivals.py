"""New tasks: a list of them is stored with as many statements as one. Only the journal calls this."""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, and_, select

from stokehold.domain.errors import Conflict, Invalid, StokeholdError
from stokehold.domain.events import Submitted
from stokehold.domain.lane import lane
from stokehold.domain.states import TaskState
from stokehold.store.bulk import Bulk, pieces
from stokehold.store.database import wake
from stokehold.store.insertion import Insertion
from stokehold.store.schema import LABEL_KEY, NAME_HEAD, journal, labels, tags, tasks
from stokehold.store.secret_schema import task_secrets
from stokehold.store.topics import task_topic

LOOKED_UP = 1000  # UUIDs in one statement


class Arrived(Struct, frozen=True):
    """A submission has its task. `again`: it had it before, because the client says the same thing twice."""

    task_id: int
    again: bool = False


#: Columns that are fields of the submission.
_CHOSEN = (
    "job_id", "scheduling", "reservation", "needs", "most_running", "queue_by", "completion_ttl_us", "evictable",
)  # fmt: skip
_GIVEN = (
    "uuid", "account_id", "shortname", "name", "name_head", "profile", "spec", "state", "state_at", "created_at",
    "modified_at", "total", "ready", "ready_range", "lane",
)  # fmt: skip
_TASKS = Insertion(tasks, (*_GIVEN, *_CHOSEN), ("uuid", "id"))
_TAGS = Insertion(tags, ("task_id", "tag", "account_id"), ("task_id",))
_LABELS = Insertion(labels, ("task_id", "key", "value_head", "account_id"), ("task_id",))
_KNOWN = select(
    tasks.c.uuid, tasks.c.id, tasks.c.account_id, tasks.c.spec, journal.c.data.label("request")
).outerjoin_from(tasks, journal, and_(journal.c.task_id == tasks.c.id, journal.c.event == "submitted"))
_SECRETS = Bulk(task_secrets.insert(), ["task_id", "key", "sealed"])


def insert(conn: Connection, events: Sequence[Submitted], at: int) -> list[Arrived | StokeholdError]:
    """New tasks, all of each waiting, with rising ids; in the place of what cannot be stored, why."""
    made = _made(conn, events, at)
    _belongings(conn, [(made[event.uuid], event) for event in events if event.uuid in made])
    there = known(conn, [event.uuid for event in events if event.uuid not in made])
    new = {uuid: Arrived(task_id) for uuid, task_id in made.items()}
    return [new.get(event.uuid) or _again(event, there.get(event.uuid)) for event in events]


def withdraw(conn: Connection, task_ids: Sequence[int]) -> None:
    """Take new tasks back, in the transaction that stored them."""
    for ids in pieces(task_ids):
        conn.execute(tasks.delete().where(tasks.c.id.in_(ids)))


def _made(conn: Connection, events: Sequence[Submitted], at: int) -> dict[str, int]:
    """The ids of the tasks that are new, by their UUIDs."""
    return dict(map(tuple, _TASKS.execute(conn, [_row(event, at) for event in events])))


def _row(event: Submitted, at: int) -> dict[str, Any]:
    size = len(event.ids)
    return {
        "uuid": event.uuid, "account_id": event.account_id, "shortname": event.shortname, "name": event.name,
        "name_head": event.name[:NAME_HEAD],
        "profile": event.profile, "spec": event.spec, "state": str(TaskState.SUBMITTED), "state_at": at,
        "created_at": at, "modified_at": at, "total": size, "ready": size, "ready_range": str(event.ids),
        "lane": lane(event.scheduling, event.reservation, event.needs),
        **{name: getattr(event, name) for name in _CHOSEN},
    }  # fmt: skip


def _belongings(conn: Connection, new: Sequence[tuple[int, Submitted]]) -> None:
    """The rows of other tables that belong to new tasks, given with their ids: a statement for each table.

    Those who watch the account hear of them.
    """
    tagged = [
        {"task_id": task_id, "tag": tag, "account_id": event.account_id}
        for task_id, event in new
        for tag in dict.fromkeys(event.tags)
    ]
    _TAGS.execute(conn, tagged)
    labelled = [
        {"task_id": task_id, "key": key, "value_head": value[:NAME_HEAD], "account_id": event.account_id}
        for task_id, event in new
        for key, value in event.labels
        if len(key) <= LABEL_KEY
    ]
    _LABELS.execute(conn, labelled)
    for task_id, event in new:
        wake(conn, task_topic(event.account_id, task_id))
    sealed = [
        {"task_id": task_id, "key": key, "sealed": value}
        for task_id, event in new
        for key, value in event.secrets
    ]
    _SECRETS.execute(conn, sealed)


def known(conn: Connection, uuids: Sequence[str]) -> dict[str, Any]:
    """(UUID, id, account, spec, what was asked for) of those that are stored already, by their UUIDs."""
    found: dict[str, Any] = {}
    for start in range(0, len(uuids), LOOKED_UP):
        among: ColumnElement[bool] = tasks.c.uuid.in_(uuids[start : start + LOOKED_UP])
        found |= {row.uuid: row for row in conn.execute(_KNOWN.where(among))}
    return found


def _again(event: Submitted, known: Any) -> Arrived | StokeholdError:
    """What a submission comes to that made no row: it was there, or its shortname was."""
    if known is None:
        return Invalid("shortname", f"{event.shortname!r} is used by another task")
    words = (known.request, event.request) if event.request else (known.spec, event.spec)
    if known.account_id != event.account_id or words[0] != words[1]:
        return Conflict("This Idempotency-Key was used for another submission.")
    return Arrived(known.id, again=True)
