"""The rows of snapshots. Only the journal writes here.

A row of `snapshot_parts` lives as long as its instance is at work on the snapshot: what is over is summed up in the
snapshot's own row, so that a periodic snapshot leaves nothing behind but that.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, bindparam, delete, select, update

from stokehold.domain.errors import Forbidden
from stokehold.domain.events import AttemptEvent, NodeLost, SnapshotAsked
from stokehold.domain.protocol import Saved
from stokehold.domain.react import Attempt
from stokehold.domain.snapshot import Move, Parts, PartState, SnapshotState, fold, react
from stokehold.domain.states import Phase
from stokehold.domain.task import Spec
from stokehold.store.bulk import Bulk
from stokehold.store.database import wake
from stokehold.store.ledgers import Ledgers
from stokehold.store.schema import actions, attempts, tasks
from stokehold.store.snapshot_schema import snapshot_parts, snapshots

KEPT = 1000  # finished snapshots of one task that can still be asked for
KEYS_KEPT = 1000  # of the files of one snapshot
PIECE = 500  # ids in one statement

_COUNTERS = tuple(Parts.__struct_fields__)
_PARTS = Bulk(snapshot_parts.insert(), ["attempt_id", "snapshot_id", "state", "size", "sent"])
_ORDERS = Bulk(actions.insert(), ["kind", "node_id", "attempt_id", "data"])
_GO_ON = Bulk(
    update(snapshot_parts)
    .where(
        snapshot_parts.c.attempt_id == bindparam("attempt"), snapshot_parts.c.snapshot_id == bindparam("of")
    )
    .values(state=bindparam("to"), size=bindparam("told_size"), sent=bindparam("told_sent"))
)
_CLOSE = delete(snapshot_parts).where(
    snapshot_parts.c.attempt_id == bindparam("attempt"), snapshot_parts.c.snapshot_id == bindparam("of")
)
_FORGET = delete(actions).where(
    actions.c.attempt_id == bindparam("attempt"),
    actions.c.kind == "snapshot",
    actions.c.data == bindparam("data"),
)
_SUM = Bulk(
    update(snapshots)
    .where(snapshots.c.id == bindparam("key"))
    .values(
        {
            name: bindparam(f"new_{name}", type_=snapshots.c[name].type)
            for name in (
                *_COUNTERS,
                "updated_at",
                "size",
                "sent",
                "files",
                "files_left",
                "results",
                "failure",
            )
        }
    )
)
_keys = msgspec.json.Decoder(list[str])
_encode = msgspec.json.Encoder().encode

News = Saved | AttemptEvent | NodeLost


class SnapshotRows:
    """What one batch of events does to snapshots: each row is read once and written once."""

    def __init__(self, conn: Connection, at: int) -> None:
        self.conn, self.at = conn, at
        self._news: list[tuple[Attempt, News]] = []

    def ask(self, event: SnapshotAsked) -> None:
        """Begin a snapshot of everything that runs. Raises Forbidden when nothing does."""
        running = self.conn.execute(_RUNNING, {"task": event.task_id}).all()
        if not running:
            raise Forbidden("Can't take a snapshot: no instance of the task is running.")
        row = {
            "name": _free_name(self.conn, event), "task_id": event.task_id, "periodic": event.periodic,
            "config": _encode(event.config).decode(), "triggered_at": self.at, "waiting": len(running),
        }  # fmt: skip
        made: int = self.conn.execute(snapshots.insert().returning(snapshots.c.id), row).scalar_one()
        first = {"snapshot_id": made, "state": str(PartState.WAITING), "size": 0, "sent": 0}
        _PARTS.execute(self.conn, [{**first, "attempt_id": key} for key, _ in running])
        order = {"kind": "snapshot", "data": str(made)}
        _ORDERS.execute(self.conn, [{**order, "attempt_id": key, "node_id": node} for key, node in running])
        for node in {node for _, node in running}:
            wake(self.conn, f"node-{node}")
        self._count(event.task_id, made=1, going_on=1)
        _forget_old(self.conn, event.task_id, periodic=event.periodic)

    def told(self, attempt: Attempt, event: News) -> None:
        """Note what `event` says of an attempt; it is decided upon with the others, by `write`."""
        self._news.append((attempt, event))

    def write(self, ledgers: Ledgers) -> None:
        """Move the parts, sum up, and count the snapshots that are over as results of their tasks."""
        if not self._news:
            return
        held = _held(self.conn, {attempt.id for attempt, _ in self._news})
        known = _rows(self.conn, {row.snapshot_id for rows in held.values() for row in rows})
        sums = {key: _Sum(row) for key, row in known.items()}
        parts = [_Part(row, sums[row.snapshot_id]) for rows in held.values() for row in rows]
        by_attempt: dict[int, list[_Part]] = {}
        for part in parts:
            by_attempt.setdefault(part.attempt, []).append(part)
        for attempt, event in self._news:
            for part in by_attempt.get(attempt.id, ()):
                if not isinstance(event, Saved) or event.snapshot == part.of:
                    results = not isinstance(event, Saved) and _has_results(ledgers, attempt)
                    part.take(attempt, event, results=results)
        self._write(parts, [one for one in sums.values() if one.changed], ledgers)

    def _write(self, parts: "list[_Part]", changed: "list[_Sum]", ledgers: Ledgers) -> None:
        over = [part for part in parts if part.state in {PartState.SAVED, PartState.FAILED}]
        _GO_ON.execute(self.conn, [part.values() for part in parts if part.state is PartState.SAVING])
        if over:
            self.conn.execute(_CLOSE, [{"attempt": part.attempt, "of": part.of} for part in over])
            self.conn.execute(_FORGET, [{"attempt": part.attempt, "data": str(part.of)} for part in over])
        _SUM.execute(self.conn, [one.values(self.at) for one in changed])
        for one in changed:
            if one.state in {SnapshotState.SUCCESS, SnapshotState.FAILURE}:
                stored = one.state is SnapshotState.SUCCESS or bool(one.new["files"])
                ledgers.open(one.task_id).tally.sums["results_count"] += stored
                self._count(one.task_id, going_on=-1)

    def _count(self, task_id: int, made: int = 0, going_on: int = 0) -> None:
        values = {
            "snapshots_made": tasks.c.snapshots_made + made,
            "snapshots_open": tasks.c.snapshots_open + going_on,
        }
        self.conn.execute(update(tasks).where(tasks.c.id == task_id).values(values))


class _Sum:
    """The row of one snapshot during one batch."""

    def __init__(self, row: Any) -> None:
        self.key, self.task_id = row.id, row.task_id
        self.new: dict[str, Any] = dict(row._mapping)
        self.changed = False

    @property
    def state(self) -> SnapshotState:
        return fold(Parts(*(self.new[name] for name in _COUNTERS)))

    def moved(self, attempt: Attempt, before: PartState, move: Move, event: News) -> None:
        self.changed = True
        self.new[before] -= 1
        self.new[move.to] += 1
        if move.reason and not self.new["failure"]:
            self.new["failure"] = f"instance {attempt.instance_id}: {move.reason}"
        if isinstance(event, Saved) and event.over:
            self.new["files"] += event.files
            self.new["files_left"] += event.left
            room = KEYS_KEPT - len(known := _keys.decode(self.new["results"] or "[]"))
            if event.keys and room > 0:
                self.new["results"] = _encode(known + event.keys[:room]).decode()

    def grown(self, size: int, sent: int) -> None:
        self.new["size"] = (self.new["size"] or 0) + size
        self.new["sent"] = (self.new["sent"] or 0) + sent

    def values(self, at: int) -> dict[str, Any]:
        new = {f"new_{name}": value for name, value in self.new.items() if name not in {"id", "task_id"}}
        return {**new, "key": self.key, "new_updated_at": at}


class _Part:
    """The part of one attempt during one batch."""

    def __init__(self, row: Row[Any], whole: _Sum) -> None:
        self.attempt, self.of, self.whole = row.attempt_id, row.snapshot_id, whole
        self.state, self.size, self.sent = PartState(row.state), row.size, row.sent

    def take(self, attempt: Attempt, event: News, *, results: bool) -> None:
        move = react(self.state, event, results=results)
        if move is None:
            return
        self.whole.moved(attempt, self.state, move, event)
        self.state = move.to
        if isinstance(event, Saved):
            self.whole.grown(event.size - self.size, event.sent - self.sent)
            self.size, self.sent = event.size, event.sent

    def values(self) -> dict[str, Any]:
        return {
            "attempt": self.attempt, "of": self.of, "to": str(self.state),
            "told_size": self.size, "told_sent": self.sent,
        }  # fmt: skip


_RUNNING = select(attempts.c.id, attempts.c.node_id).where(
    attempts.c.task_id == bindparam("task"),
    attempts.c.ended_at.is_(None),
    attempts.c.stopping.is_(False),
    attempts.c.phase.in_([str(Phase.EXECUTION), str(Phase.UPLOAD)]),
)


def _free_name(conn: Connection, event: SnapshotAsked) -> str:
    """The name that was asked for; the second snapshot of one second is `…_0001`."""
    alike = snapshots.c.name.startswith(event.name, autoescape=True)
    query = select(snapshots.c.name).where(snapshots.c.task_id == event.task_id, alike)
    last = conn.execute(query.order_by(snapshots.c.id.desc()).limit(1)).scalar()
    if last is None:
        return event.name
    return f"{event.name}_{int(last[len(event.name) + 1 :] or '0', 16) + 1:04x}"


def _forget_old(conn: Connection, task_id: int, *, periodic: bool) -> None:
    """Only the last periodic snapshot that is over is of interest, and the newest of the others."""
    mine = (snapshots.c.task_id == task_id, snapshots.c.periodic == periodic)
    over = snapshots.c.waiting + snapshots.c.saving == 0
    kept = 1 if periodic else KEPT
    last = select(snapshots.c.id).where(*mine, over).order_by(snapshots.c.id.desc()).offset(kept).limit(1)
    if (oldest := conn.execute(last).scalar()) is not None:
        conn.execute(delete(snapshots).where(*mine, over, snapshots.c.id <= oldest))


def _has_results(ledgers: Ledgers, attempt: Attempt) -> bool:
    spec = msgspec.json.decode(ledgers.open(attempt.task_id).row.spec, type=Spec)
    return bool(spec.result_bucket)


def _held(conn: Connection, ids: set[int]) -> Mapping[int, list[Row[Any]]]:
    """The parts of these attempts that go on."""
    found: dict[int, list[Row[Any]]] = {}
    for some in _pieces(sorted(ids)):
        query = select(snapshot_parts).where(snapshot_parts.c.attempt_id.in_(some))
        for row in conn.execute(query.order_by(snapshot_parts.c.snapshot_id)):
            found.setdefault(row.attempt_id, []).append(row)
    return found


def _rows(conn: Connection, ids: set[int]) -> dict[int, Any]:
    columns = [snapshots.c[n] for n in ("id", "task_id", *_COUNTERS, "size", "sent", "files", "files_left")]
    query = select(*columns, snapshots.c.results, snapshots.c.failure)
    return {
        row.id: row
        for some in _pieces(sorted(ids))
        for row in conn.execute(query.where(snapshots.c.id.in_(some)))
    }


def _pieces(ids: list[int]) -> Iterator[list[int]]:
    return (ids[start : start + PIECE] for start in range(0, len(ids), PIECE))
