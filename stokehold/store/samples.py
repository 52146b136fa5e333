"""What running instances use: the latest sample of each attempt, and points of the past for curves.

Of an attempt at most some 150 points are kept: whenever it has more, every other one is forgotten, and from then on
half as many are added. Of all attempts together the last MOST_POINTS are kept.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, Integer, Select, bindparam, cast, delete, func, select

from stokehold.domain.protocol import Measured, Sample
from stokehold.domain.react import Attempt
from stokehold.store import attempts
from stokehold.store.bulk import Bulk
from stokehold.store.database import wake
from stokehold.store.sample_schema import points, samples
from stokehold.store.schema import tasks
from stokehold.store.topics import task_topic

KEPT = 120  # points of one attempt, give or take 32
MOST_POINTS = 500_000  # of all attempts together
CURVES = 100  # instances in one answer
SUMMED = 200_000  # points that a sum looks at: the last ones
BUCKETS = 240  # points of a sum

_PRUNED = 5000  # points forgotten in one transaction
_PIECE = 500  # ids in one statement
_MEASURES = ("cores", "memory_mb", "in_kbps", "out_kbps", "ghz", "progress")

_KNOWN = select(samples.c.attempt_id, samples.c.ticks, samples.c.stride).where(
    samples.c.attempt_id.in_(bindparam("ids", expanding=True))
)
_INSERT = Bulk(samples.insert(), ["attempt_id", "latest", "at", "ticks", "stride"])
_UPDATE = Bulk(
    samples.update()
    .where(samples.c.attempt_id == bindparam("key"))
    .values(
        {name: bindparam(f"new_{name}", type_=samples.c[name].type) for name in ("latest", "at", "ticks", "stride")}
    )
)  # fmt: skip
_ADD = Bulk(points.insert(), ["task_id", "instance_id", "attempt", "tick", "at", *_MEASURES])
_OWNERS = select(tasks.c.id, tasks.c.account_id).where(tasks.c.id.in_(bindparam("ids", expanding=True)))
_SPAN = select(func.min(points.c.id), func.max(points.c.id))


class Curve(Struct):
    """What one attempt used, by moments in microseconds since 1970."""

    instance_id: int
    attempt: int
    points: list[tuple[Any, ...]]  # (at, cores, memory_mb, in_kbps, out_kbps, ghz, progress)


def append(conn: Connection, measured: Measured) -> None:
    """Take a round of samples; those of attempts that are over, or that we never knew, count for nothing."""
    held = attempts.current(conn, [sample.token for sample in measured.samples])
    taken = {held[s.token].id: (held[s.token], s) for s in measured.samples if s.token in held}
    known = {row.attempt_id: (row.ticks, row.stride) for row in _rows(conn, _KNOWN, list(taken))}
    fresh, again, added = [], [], []
    for key, (attempt, sample) in taken.items():
        ticks, stride = known.get(key, (0, 1))
        if ticks % stride == 0:
            added.append(_point(attempt, sample, ticks, measured.at))
        ticks += 1
        if ticks // stride > KEPT + key % 32:  # not all attempts of a task at once
            stride *= 2
            conn.execute(_thinning(attempt, stride))
        row = {"latest": _encode(sample), "at": measured.at, "ticks": ticks, "stride": stride}
        if key in known:
            again.append({"key": key, **{f"new_{name}": value for name, value in row.items()}})
        else:
            fresh.append({"attempt_id": key, **row})
    _INSERT.execute(conn, fresh)
    _UPDATE.execute(conn, again)
    _ADD.execute(conn, added)
    _prune(conn)
    for row in _rows(conn, _OWNERS, list({attempt.task_id for attempt, _ in taken.values()})):
        wake(conn, task_topic(row.account_id, row.id))


def curves(conn: Connection, task_id: int, instance_id: int | None, since: int) -> list[Curve]:
    """What the attempts of a task used after `since`: of one instance, or of the CURVES that were measured last."""
    where = (points.c.task_id == task_id, points.c.at > since)
    if instance_id is None:
        newest = select(points.c.instance_id).where(*where).group_by(points.c.instance_id)
        newest = newest.order_by(func.max(points.c.id).desc()).limit(CURVES)
        shown: ColumnElement[bool] = points.c.instance_id.in_(newest.scalar_subquery())
    else:
        shown = points.c.instance_id == instance_id
    query = select(
        points.c.instance_id, points.c.attempt, points.c.at, *(points.c[name] for name in _MEASURES)
    ).where(*where, shown)
    found: dict[tuple[int, int], Curve] = {}
    for instance, attempt, *point in conn.execute(
        query.order_by(points.c.instance_id, points.c.attempt, points.c.tick)
    ):
        curve = found.setdefault((instance, attempt), Curve(instance, attempt, []))
        curve.points.append(tuple(point))
    return list(found.values())


def total(conn: Connection, task_id: int, since: int) -> list[tuple[Any, ...]]:
    """What all instances of a task used together, in at most BUCKETS steps of time of one length.

    Rows of (at, cores, memory_mb, in_kbps, out_kbps, ghz, progress, instances); GHz and progress are averages.
    """
    where = (points.c.task_id == task_id, points.c.at > since)
    first, last = conn.execute(select(func.min(points.c.at), func.max(points.c.at)).where(*where)).one()
    if first is None:
        return []
    step = max(5_000_000, -(-(last - first + 1) // BUCKETS))
    lately = select(points).where(*where).order_by(points.c.id.desc()).limit(SUMMED).subquery()
    bucket = cast((lately.c.at - first - (lately.c.at - first) % step) / step, Integer).label("bucket")
    each = select(
        bucket, lately.c.instance_id, *(func.avg(lately.c[name]).label(name) for name in _MEASURES)
    ).group_by(bucket, lately.c.instance_id).subquery()  # fmt: skip
    folded = [(func.avg if name in {"ghz", "progress"} else func.sum)(each.c[name]) for name in _MEASURES]
    query: Select[Any] = select(each.c.bucket, *folded, func.count()).group_by(each.c.bucket)
    return [(first + row[0] * step, *row[1:]) for row in conn.execute(query.order_by(each.c.bucket))]


def decoded(latest: str) -> Sample:
    """A stored sample."""
    return Sample("", *_numbers.decode(latest))


def _encode(sample: Sample) -> str:
    return msgspec.json.encode(msgspec.structs.astuple(sample)[1:]).decode()


_numbers = msgspec.json.Decoder(tuple[float, float, float, float, float, float, float, int, int])


def _point(attempt: Attempt, sample: Sample, tick: int, at: int) -> dict[str, Any]:
    place = {"task_id": attempt.task_id, "instance_id": attempt.instance_id, "attempt": attempt.number}
    values = (sample.cores, sample.memory_mb, sample.in_kbps, sample.out_kbps, sample.ghz, sample.progress)
    return {**place, "tick": tick, "at": at, **dict(zip(_MEASURES, values, strict=True))}


def _thinning(attempt: Attempt, stride: int) -> Any:
    return delete(points).where(
        points.c.task_id == attempt.task_id,
        points.c.instance_id == attempt.instance_id,
        points.c.attempt == attempt.number,
        points.c.tick % stride != 0,
    )


def _prune(conn: Connection) -> None:
    first, last = conn.execute(_SPAN).one()
    if first is not None and last - first >= MOST_POINTS + _PRUNED:
        conn.execute(delete(points).where(points.c.id <= first + _PRUNED))


def _rows(conn: Connection, query: Select[Any], ids: Sequence[int]) -> Iterable[Any]:
    for start in range(0, len(ids), _PIECE):
        yield from conn.execute(query, {"ids": ids[start : start + _PIECE]})
