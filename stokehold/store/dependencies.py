"""What tasks wait for, and what the ends of others do to them: all that a batch ends is settled together."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from msgspec import Struct
from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    bindparam,
    literal,
    or_,
    select,
)

from stokehold.domain.dependencies import Standing, standing, verdict
from stokehold.domain.errors import Failure, Faults, Invalid, StokeholdError
from stokehold.domain.events import Submitted, Upstream
from stokehold.domain.states import Counts
from stokehold.store.bulk import Bulk, pieces
from stokehold.store.database import wake
from stokehold.store.job_schema import dependencies
from stokehold.store.schema import tasks

WORK = "work"  # topic: there may be something to lease

_COUNTS = Counts.__struct_fields__
_INSERT = Bulk(
    dependencies.insert(), ["task_id", "position", "upstream_id", "upstream_uuid", "ends", "ended_as"]
)
_EDGES = (
    select(dependencies.c.task_id, dependencies.c.upstream_uuid, dependencies.c.ends, dependencies.c.ended_as)
    .where(dependencies.c.task_id.in_(bindparam("ids", expanding=True)))
    .order_by(dependencies.c.task_id, dependencies.c.position)
)
_WAIT = Bulk(
    tasks.update()
    .where(tasks.c.id == bindparam("key"))
    .values(waits_for=tasks.c.waits_for + bindparam("more"))
)


class Dependency(Struct, frozen=True):
    """One task that another waits for, or waited for."""

    uuid: str
    ends: tuple[str, ...]
    ended_as: str | None

    @property
    def standing(self) -> Standing:
        return standing(self.ends, self.ended_as)


def of_tasks(conn: Connection, task_ids: Sequence[int]) -> dict[int, list[Dependency]]:
    """The dependencies of these tasks, as they were submitted; without those that have none."""
    found: dict[int, list[Dependency]] = {}
    for ids in pieces(task_ids):
        for task_id, uuid, ends, ended in conn.execute(_EDGES, {"ids": ids}):
            found.setdefault(task_id, []).append(Dependency(uuid, _split(ends), ended))
    return found


def attach(
    conn: Connection, new: Sequence[tuple[int, Submitted]], refused: dict[int, StokeholdError]
) -> dict[int, Failure]:
    """Store what new tasks, given with their ids in their order, wait for; add to `refused` those that cannot be.

    A task may wait for those of its job that were there before it: the earlier ones of `new` among them.
    Returns why tasks end at once, for those that do: what they wait for has ended already.
    """
    waiting = [(task_id, event) for task_id, event in new if event.upstreams and task_id not in refused]
    known = _known(conn, [event for _, event in waiting])
    unmet: dict[int, Failure] = {}
    edges: list[dict[str, Any]] = []
    for task_id, event in waiting:
        try:
            found = _resolved(task_id, event, known, refused)
        except Invalid as refusal:
            refused[task_id] = refusal
            continue
        for position, (upstream, row) in enumerate(found):
            edges.append(_edge(task_id, position, upstream, row))
            if standing(upstream.ends, edges[-1]["ended_as"]) is Standing.UNMET:
                unmet.setdefault(task_id, _unmet(row.uuid, edges[-1]["ended_as"], upstream.ends))
    _INSERT.execute(conn, edges)
    _wait(conn, _counted(edge["task_id"] for edge in edges if edge["ended_as"] is None))
    return unmet


def doomed(conn: Connection, ended: Mapping[int, str]) -> dict[int, Failure]:
    """The tasks that can never start because these ended so, and why: the whole cascade of cancellations."""
    by_verdict: dict[str, list[int]] = defaultdict(list)
    for task_id, end in ended.items():
        by_verdict[end].append(task_id)
    found: dict[int, Failure] = {}
    for end, task_ids in by_verdict.items():
        for ids in pieces(task_ids):
            for row in conn.execute(_DOOMED, {"ids": ids, "end": end}):
                found.setdefault(row.task_id, _unmet(row.upstream_uuid, row.ended, _split(row.ends)))
    return found


def settle(conn: Connection, ended: Mapping[int, str]) -> list[int]:
    """Note the ends of tasks with those that wait for them; returns those that can be claimed from now on."""
    freed: dict[int, int] = defaultdict(int)
    by_verdict: dict[str, list[int]] = defaultdict(list)
    for ids in pieces(list(ended)):
        for task_id, upstream_id in conn.execute(_DIRECT, {"ids": ids}):
            freed[task_id] -= 1
            by_verdict[ended[upstream_id]].append(upstream_id)
    if not freed:
        return []
    for end, upstreams in by_verdict.items():
        for ids in pieces(list(dict.fromkeys(upstreams))):
            conn.execute(_SETTLE, {"ids": ids, "end": end})
    _wait(conn, freed)
    free = [
        task_id for ids in pieces(list(freed)) for task_id in conn.execute(_CLAIMABLE, {"ids": ids}).scalars()
    ]
    if free:
        wake(conn, WORK)
    return free


def _known(conn: Connection, events: Sequence[Submitted]) -> dict[tuple[int | None, str], Row[Any]]:
    """The tasks that are named, by job and by each of their names."""
    names = list(dict.fromkeys(one.uuid for event in events for one in event.upstreams))
    accounts = {event.account_id for event in events}
    found: dict[tuple[int | None, str], Row[Any]] = {}
    for part in pieces(names):
        named = or_(tasks.c.uuid.in_([name.lower() for name in part]), tasks.c.shortname.in_(part))
        query = _UPSTREAM.where(tasks.c.account_id.in_(accounts), named)
        for row in conn.execute(query):
            found[row.job_id, row.uuid] = found[row.job_id, row.shortname] = row
    return found


def _resolved(
    task_id: int,
    event: Submitted,
    known: Mapping[tuple[int | None, str], Row[Any]],
    refused: Mapping[int, StokeholdError],
) -> list[tuple[Upstream, Row[Any]]]:
    """Raises Invalid naming the first one that is not an earlier task of the job."""
    found: list[tuple[Upstream, Row[Any]]] = []
    seen: set[int] = set()
    for one in event.upstreams:
        row = known.get((event.job_id, one.uuid.lower())) or known.get((event.job_id, one.uuid))
        if row is None or row.id >= task_id or row.id in refused:
            raise Invalid("dependencies", f"there is no task {one.uuid[:80]!r} in the same job to wait for")
        if row.id in seen:
            raise Invalid("dependencies", f"{row.uuid} is named a second time")
        seen.add(row.id)
        found.append((one, row))
    return found


def _edge(task_id: int, position: int, upstream: Upstream, row: Row[Any]) -> dict[str, Any]:
    counts = Counts(**{name: row._mapping[name] for name in _COUNTS})
    return {
        "task_id": task_id,
        "position": position,
        "upstream_id": row.id,
        "upstream_uuid": row.uuid,
        "ends": ",".join(upstream.ends),
        "ended_as": verdict(counts),
    }


def _unmet(uuid: str, ended: str, ends: Iterable[str]) -> Failure:
    wanted = " or ".join(ends)
    return Failure.of(
        Faults.CANCELLED, reason=f"it waited for task {uuid} to end in {wanted}, and that ended in {ended}"
    )


def _counted(task_ids: Iterable[int]) -> dict[int, int]:
    counts: dict[int, int] = defaultdict(int)
    for task_id in task_ids:
        counts[task_id] += 1
    return counts


def _wait(conn: Connection, more: Mapping[int, int]) -> None:
    _WAIT.execute(conn, [{"key": task_id, "more": count} for task_id, count in more.items()])


def _split(ends: str) -> tuple[str, ...]:
    return tuple(ends.split(",")) if ends else ()


_UPSTREAM = select(
    tasks.c.id, tasks.c.uuid, tasks.c.shortname, tasks.c.job_id, *(tasks.c[name] for name in _COUNTS)
)
_AMONG: Any = bindparam("ids", expanding=True)
_OPEN = and_(dependencies.c.upstream_id.in_(_AMONG), dependencies.c.ended_as.is_(None))
_DIRECT = select(dependencies.c.task_id, dependencies.c.upstream_id).where(_OPEN)
_SETTLE = dependencies.update().where(_OPEN).values(ended_as=bindparam("end"))
_CLAIMABLE = select(tasks.c.id).where(tasks.c.id.in_(_AMONG), tasks.c.waits_for == 0, tasks.c.ready > 0)


def _refuses(end: Any) -> ColumnElement[bool]:
    """No name of an end is part of another's."""
    return and_(dependencies.c.ends != "", dependencies.c.ends.not_like(literal("%") + end + "%"))


def _cascade() -> Select[Any]:
    """From tasks that ended so, along what refuses that end, then along what refuses a cancellation."""
    edge = (dependencies.c.task_id, dependencies.c.upstream_uuid, dependencies.c.ends)
    end = bindparam("end", type_=dependencies.c.ends.type)
    first = select(*edge, end.label("ended")).where(_OPEN, _refuses(end))
    walk = first.cte("doomed", recursive=True)
    onward = select(*edge, literal("cancelled").label("ended")).join(
        walk, dependencies.c.upstream_id == walk.c.task_id
    )
    walk = walk.union(onward.where(dependencies.c.ended_as.is_(None), _refuses(literal("cancelled"))))
    return select(walk.c.task_id, walk.c.upstream_uuid, walk.c.ends, walk.c.ended)


_DOOMED = _cascade()
