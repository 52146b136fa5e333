"""The rows of attempts: who holds which instance, under which token. Only the journal writes here."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from sqlalchemy import Connection, Text, bindparam, func, select

from stokehold.domain.errors import Conflict
from stokehold.domain.events import Granted
from stokehold.domain.protocol import Ended, Phased
from stokehold.domain.react import Attempt, Move
from stokehold.domain.states import BEGUN, ENDS, Phase
from stokehold.store.bulk import Bulk, pieces
from stokehold.store.prepared import Query
from stokehold.store.schema import actions, attempts, nodes

_COLUMNS = tuple(attempts.c[name] for name in Attempt.__struct_fields__)
_ACTIVE = attempts.c.ended_at.is_(None)

_GIVEN = select(*_COLUMNS).where(attempts.c.id.in_(bindparam("ids", expanding=True)), _ACTIVE)
_ONE = Query(select(*_COLUMNS).where(attempts.c.id == bindparam("id"), _ACTIVE))
_LAST = Query(select(func.max(attempts.c.id)))

_FILLED = (*_COLUMNS, attempts.c.leased_at, attempts.c.phase_at, attempts.c.inputs_revision)
_INSERT = Bulk(attempts.insert(), [c.name for c in _FILLED])
_UPDATE = Bulk(
    attempts.update()
    .where(attempts.c.id == bindparam("key"), attempts.c.phase == bindparam("was"))
    .values(
        phase=bindparam("to"),
        phase_at=bindparam("at"),
        started_at=func.coalesce(attempts.c.started_at, bindparam("started")),
        ended_at=bindparam("ended"),
        report=func.coalesce(bindparam("told", type_=Text), attempts.c.report),
    )
)
_STOP = Bulk(actions.insert(), ["kind", "node_id", "attempt_id"])
_PREEMPT = Bulk(actions.insert(), ["kind", "node_id", "attempt_id", "data"])

_encoder = msgspec.json.Encoder()


class AttemptRows:
    """The attempts that one batch touches. `held` are the active ones it names, by token."""

    def __init__(self, conn: Connection, at: int) -> None:
        self.conn, self.at = conn, at
        self.held: dict[str, Attempt] = {}
        self._known: dict[int, Attempt] = {}
        self._changed: dict[int, dict[str, Any]] = {}
        self._erased: set[int] = set()

    def load(self, tokens: Iterable[str]) -> None:
        named = {token: row_id for token in tokens if (row_id := attempt_id(token)) is not None}
        for attempt in _given(self.conn, list(set(named.values()))):
            self._known[attempt.id] = attempt
            if attempt.token in named:
                self.held[attempt.token] = attempt

    def lose_node(self, node_id: int) -> list[Attempt]:
        """Mark the node lost; returns what it held, as far as this batch has come with it."""
        self.conn.execute(nodes.update().where(nodes.c.id == node_id).values(lost=True))
        return [self._known.setdefault(a.id, a) for a in held_by(self.conn, node_id)]

    def insert(
        self, event: Granted, history: Mapping[int, Mapping[str, int]], inputs_revision: int
    ) -> list[Attempt]:
        """One attempt for each lease; `history` tells what came before for instances that were tried before."""
        made = [
            Attempt(
                id=row_id, task_id=event.task_id, instance_id=instance_id, token=token, node_id=event.node_id,
                phase=Phase.LEASED, stopping=False, preempted=False, **(history.get(instance_id) or _FIRST),
            )
            for instance_id, row_id, token in event.leases
        ]  # fmt: skip
        first = {"phase": Phase.LEASED.value, "leased_at": self.at, "phase_at": self.at}
        first["inputs_revision"] = inputs_revision
        _INSERT.execute(self.conn, [{**msgspec.structs.asdict(a), **first} for a in made])
        return made

    def moved(self, attempt: Attempt, move: Move, event: object) -> None:
        """Note where an attempt went; it is written with the others at the end of the batch."""
        over = move.to in ENDS or move.to is Phase.READY
        row = self._changed.get(attempt.id)
        if row is None:
            row = {"key": attempt.id, "was": attempt.phase.value, "started": None, "told": None}
            self._changed[attempt.id] = row
        # An attempt that gave its instance back has itself failed: the instance waits for the next one.
        attempt.phase = Phase.FAILED if move.to is Phase.READY else move.to
        row |= {"to": attempt.phase.value, "at": self.at, "ended": self.at if over else None}
        if row["started"] is None:
            row["started"] = _began(move, event)
        if isinstance(event, Ended):
            row["told"] = _encoder.encode(event).decode()
        if move.erased:
            self._erased.add(attempt.id)

    def stop_task(self, task_id: int) -> set[int]:
        """Tell the runners of a task's active attempts to end them; returns their nodes."""
        where = (attempts.c.task_id == task_id, _ACTIVE, attempts.c.stopping.is_(False))
        found = self.conn.execute(select(attempts.c.id, attempts.c.node_id).where(*where)).all()
        active = [(key, node) for key, node in found if not self._over(key)]
        if not active:
            return set()
        self.conn.execute(attempts.update().where(*where).values(stopping=True))
        for key, _ in active:
            if key in self._known:
                self._known[key].stopping = True
        rows = [{"kind": "stop", "node_id": node, "attempt_id": key} for key, node in active]
        _STOP.execute(self.conn, rows)
        return {node for _, node in active}

    def preempt(self, ids: Iterable[int]) -> list[Attempt]:
        """Tell the runners of these attempts to end them, those that go on and were not told before."""
        wanted = list(ids)
        for attempt in _given(self.conn, [key for key in wanted if key not in self._known]):
            self._known[attempt.id] = attempt
        found = [self._known[key] for key in wanted if key in self._known]
        made = [a for a in found if not (a.stopping or a.preempted or a.phase in ENDS)]
        for attempt in made:
            attempt.preempted = True
        for piece in pieces([a.id for a in made]):
            self.conn.execute(attempts.update().where(attempts.c.id.in_(piece)).values(preempted=True))
        _PREEMPT.execute(
            self.conn,
            [{"kind": "stop", "node_id": a.node_id, "attempt_id": a.id, "data": "preempted"} for a in made],
        )
        return made

    def any_begun(self, task_id: int) -> bool:
        """Whether a runner works on an instance of the task."""
        phases = [str(phase) for phase in BEGUN]
        known = any(a.task_id == task_id and a.phase in BEGUN for a in self._known.values())
        query = select(attempts.c.id).where(
            attempts.c.task_id == task_id, _ACTIVE, attempts.c.phase.in_(phases)
        )
        return known or self.conn.execute(query.limit(1)).first() is not None

    def write(self) -> None:
        """One guarded UPDATE for all: a row that has left the phase it was decided in is a broken invariant."""
        kept = [row for key, row in self._changed.items() if key not in self._erased]
        if _UPDATE.execute(self.conn, kept) != len(kept):
            raise Conflict("An attempt changed while it was being decided upon.")
        for ids in pieces(list(self._erased)):
            self.conn.execute(attempts.delete().where(attempts.c.id.in_(ids)))

    def _over(self, row_id: int) -> bool:
        known = self._known.get(row_id)
        return known is not None and known.phase in ENDS


_FIRST = {"number": 1, "failures": 0, "losses": 0}


def token_of(row_id: int, secret: str) -> str:
    """A lease token. It names its row, so that finding an attempt needs no further index."""
    return f"{row_id}.{secret}"


def attempt_id(token: str) -> int | None:
    """The row that a token names; None when it is not a token."""
    head = token.partition(".")[0]
    return int(head) if head.isascii() and head.isdigit() and len(head) < 19 else None


def next_id(conn: Connection) -> int:
    """The first unused row id. There is one writer, so it stays unused until the caller's insert."""
    return (_LAST.scalar(conn) or 0) + 1


def current(conn: Connection, tokens: Iterable[str]) -> dict[str, Attempt]:
    """The attempts that are active under these lease tokens."""
    rows = AttemptRows(conn, 0)
    rows.load(tokens)
    return rows.held


def held_by(conn: Connection, node_id: int) -> list[Attempt]:
    """Every active attempt of a node."""
    query = select(*_COLUMNS).where(attempts.c.node_id == node_id, _ACTIVE)
    return [_attempt(row) for row in conn.execute(query)]


def _given(conn: Connection, ids: list[int]) -> list[Attempt]:
    if len(ids) == 1:
        return [_attempt(row) for row in _ONE.all(conn, id=ids[0])]
    return [_attempt(row) for piece in pieces(ids) for row in conn.execute(_GIVEN, {"ids": piece})]


def _attempt(row: Any) -> Attempt:
    values = list(row)
    values[8], values[9] = Phase(values[8]), bool(values[9])
    return Attempt(*values)


def _began(move: Move, event: object) -> int | None:
    """When the command began, as far as `event` tells."""
    if isinstance(event, Phased) and move.to is Phase.EXECUTION:
        return event.at
    if isinstance(event, Ended) and (event.exit_code is not None or event.execution_us):
        return event.at - event.execution_us - event.upload_us
    return None
