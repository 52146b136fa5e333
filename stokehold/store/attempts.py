"""The rows of attempts: who holds which instance, under which token. Only the journal writes here."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from sqlalchemy import Connection, bindparam, func, select

from stokehold.domain.errors import Conflict
from stokehold.domain.events import Granted
from stokehold.domain.protocol import Ended
from stokehold.domain.react import Attempt, Move
from stokehold.domain.states import ENDS, Phase
from stokehold.store.schema import actions, attempts, nodes

_COLUMNS = tuple(attempts.c[name] for name in Attempt.__struct_fields__)
_ACTIVE = attempts.c.ended_at.is_(None)

_UPDATE = (
    attempts.update()
    .where(attempts.c.id == bindparam("key"), attempts.c.phase == bindparam("was"))
    .values(
        phase=bindparam("phase"),
        phase_at=bindparam("phase_at"),
        started_at=func.coalesce(bindparam("started_at"), attempts.c.started_at),
        ended_at=bindparam("ended_at"),
        report=func.coalesce(bindparam("report"), attempts.c.report),
    )
)


class AttemptRows:
    """The attempts that one batch touches. `held` are the active ones it names, by token."""

    def __init__(self, conn: Connection, at: int) -> None:
        self.conn, self.at = conn, at
        self.held: dict[str, Attempt] = {}
        self._changed: dict[int, dict[str, Any]] = {}
        self._erased: set[int] = set()

    def load(self, tokens: list[str]) -> None:
        ids = {attempt_id(token) for token in tokens} - {None}
        if ids:
            found = {a.token: a for a in _select(self.conn, attempts.c.id.in_(ids))}
            self.held.update((token, found[token]) for token in tokens if token in found)

    def lose_node(self, node_id: int) -> list[Attempt]:
        """Mark the node lost; returns what it held."""
        self.conn.execute(nodes.update().where(nodes.c.id == node_id).values(lost=True))
        return _select(self.conn, attempts.c.node_id == node_id)

    def insert(self, event: Granted, history: Mapping[int, Mapping[str, int]]) -> list[Attempt]:
        """One attempt for each lease; `history` tells what came before for instances that were tried before."""
        made = [
            Attempt(
                id=row_id, task_id=event.task_id, instance_id=instance_id, token=token, node_id=event.node_id,
                phase=Phase.LEASED, stopping=False, **(history.get(instance_id) or _FIRST),
            )
            for instance_id, row_id, token in event.leases
        ]  # fmt: skip
        times = {"leased_at": self.at, "phase_at": self.at}
        self.conn.execute(attempts.insert(), [{**msgspec.structs.asdict(a), **times} for a in made])
        return made

    def moved(self, attempt: Attempt, move: Move, event: object) -> None:
        """Note where an attempt went; it is written with the others at the end of the batch."""
        over = move.to in ENDS or move.to is Phase.READY
        row = self._changed.setdefault(
            attempt.id, {"key": attempt.id, "was": str(attempt.phase), "started_at": None, "report": None}
        )
        # An attempt that gave its instance back has itself failed: the instance waits for the next one.
        attempt.phase = Phase.FAILED if move.to is Phase.READY else move.to
        row |= {"phase": str(attempt.phase), "phase_at": self.at, "ended_at": self.at if over else None}
        if move.to is Phase.EXECUTION:
            row["started_at"] = getattr(event, "at", self.at)
        if isinstance(event, Ended):
            row["report"] = msgspec.json.encode(event).decode()
            row["started_at"] = row["started_at"] or (event.at - event.execution_us - event.upload_us)
        if move.erased:
            self._erased.add(attempt.id)

    def stop_task(self, task_id: int) -> set[int]:
        """Tell the runners of a task's active attempts to end them; returns their nodes."""
        where = (attempts.c.task_id == task_id, _ACTIVE, attempts.c.stopping.is_(False))
        active = self.conn.execute(select(attempts.c.id, attempts.c.node_id).where(*where)).all()
        if not active:
            return set()
        self.conn.execute(attempts.update().where(*where).values(stopping=True))
        rows = [{"kind": "stop", "node_id": node, "attempt_id": key} for key, node in active]
        self.conn.execute(actions.insert(), rows)
        return {node for _, node in active}

    def write(self) -> None:
        """One guarded UPDATE for all: a row that has left the phase it was decided in is a broken invariant."""
        kept = [row for key, row in self._changed.items() if key not in self._erased]
        if kept and self.conn.execute(_UPDATE, kept).rowcount != len(kept):
            raise Conflict("An attempt changed while it was being decided upon.")
        if self._erased:
            self.conn.execute(attempts.delete().where(attempts.c.id.in_(self._erased)))


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
    return (conn.execute(select(func.max(attempts.c.id))).scalar() or 0) + 1


def current(conn: Connection, tokens: Iterable[str]) -> dict[str, Attempt]:
    """The attempts that are active under these lease tokens."""
    rows = AttemptRows(conn, 0)
    rows.load(list(tokens))
    return rows.held


def held_by(conn: Connection, node_id: int) -> list[Attempt]:
    """Every active attempt of a node."""
    return _select(conn, attempts.c.node_id == node_id)


def _select(conn: Connection, *where: Any) -> list[Attempt]:
    rows = conn.execute(select(*_COLUMNS).where(*where, _ACTIVE))
    return [Attempt(*row[:8], Phase(row.phase), row.stopping) for row in rows]
