"""The rows of tasks as the journal keeps them: counters, ranges, state. Only the journal writes here."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from sqlalchemy import Connection, bindparam, select

from stokehold.domain.dependencies import verdict
from stokehold.domain.errors import Failure, Faults, Forbidden, Kind, NotFound, kind_of
from stokehold.domain.protocol import Ended
from stokehold.domain.ranges import Ranges
from stokehold.domain.react import Attempt, Move, Retries, gave_way
from stokehold.domain.states import FINAL, Counts, TaskState
from stokehold.domain.tally import Tally
from stokehold.domain.task import Spec
from stokehold.store.bulk import Bulk, pieces
from stokehold.store.database import wake
from stokehold.store.dependencies import WORK
from stokehold.store.prepared import Query
from stokehold.store.schema import attempts, tasks
from stokehold.store.topics import task_topic

PURGE = "purge"  # topic: there is something to forget
TIMES = "times"  # topic: something falls due that did not before

_spec = msgspec.json.Decoder(Spec)
_failure = msgspec.json.Decoder(Failure)

_ROW = Query(select(tasks).where(tasks.c.id == bindparam("key")))
_ROWS = select(tasks).where(tasks.c.id.in_(bindparam("keys", expanding=True)))
#: Every column that events change, but for those of a deletion; one statement whatever has changed.
_KEPT = (
    "state", "previous_state", "state_at", "previous_state_at", "modified_at", "ended_at", "cancel_asked",
    *Counts.__struct_fields__, "active", "retries_spent", "results_count",
    "download_us", "environment_us", "execution_us", "upload_us",
    "ready_range", "requeued_range", "started_range", "succeeded_range", "failed_range", "cancelled_range",
)  # fmt: skip
_WRITE = Bulk(
    tasks.update()
    .where(tasks.c.id == bindparam("key"))
    .values({name: bindparam(f"new_{name}", type_=tasks.c[name].type) for name in _KEPT})
)

#: What few tasks have, for those alone.
_RARE = Bulk(
    tasks.update()
    .where(tasks.c.id == bindparam("key"))
    .values(
        queue_by=bindparam("new_queue_by", type_=tasks.c.queue_by.type),
        forget_at=bindparam("new_forget_at", type_=tasks.c.forget_at.type),
        failure=bindparam("new_failure", type_=tasks.c.failure.type),
    )
)

#: The ranges that only ever grow, by the name that Tally gives to their new members.
_GROWING = ("started", "succeeded", "failed", "cancelled")


class Ledger:
    """One task during one batch."""

    def __init__(self, conn: Connection, row: Any) -> None:
        self.conn, self.row = conn, row
        counts = Counts(**{name: getattr(row, name) for name in Counts.__struct_fields__})
        self.tally = Tally.of(counts, cancel_asked=row.cancel_asked, delete_asked=row.delete_asked)
        self._ready = Ranges.stored(row.ready_range)
        self._taken = Ranges()
        self._swept = Ranges()
        self._doomed = Ranges()  # the part of what was swept that failed
        self.failure = _failure.decode(row.failure) if row.failure else None
        self._waits = row.queue_by is not None
        self._retries: Retries | None = None
        self._was_over = self.over

    @property
    def over(self) -> bool:
        """Whether every instance has ended, be the task deleted or not."""
        return not (self.tally.counts["ready"] or self.active)

    @property
    def active(self) -> int:
        """How many instances a runner has."""
        counts = self.tally.counts
        return counts["dispatched"] + counts["executing"] + counts["uploading"]

    @property
    def ends(self) -> bool:
        """Whether its last instance ended in this batch."""
        return self.over and not self._was_over

    @property
    def verdict(self) -> str | None:
        return verdict(self.tally.known)

    @property
    def retries(self) -> Retries:
        spent = self.row.retries_spent + self.tally.sums["retries_spent"]
        if self._retries is None:
            total, per_instance = _spec.decode(self.row.spec).retries()
            self._retries = Retries(per_instance, total, spent)
        elif self._retries.spent != spent:
            self._retries = Retries(self._retries.per_instance, self._retries.total, spent)
        return self._retries

    def take(self, ids: list[int]) -> dict[int, Mapping[str, int]]:
        """Lease these ids; returns what came before, for those that were tried before."""
        taken = Ranges.of(ids)
        self._taken = self._taken | taken
        self.tally.granted(ids)
        again = taken & Ranges.stored(self.row.requeued_range)
        return _history(self.conn, self.row.id, list(again)) if again else {}

    def moved(self, attempt: Attempt, move: Move) -> None:
        self.tally.moved(attempt, move)

    def measured(self, attempt: Attempt, ended: Ended) -> None:
        self.tally.measured(attempt, ended)

    def ask_cancel(self, failure: Failure | None = None) -> None:
        """Cancel what waits; what runs is stopped by its runner. Raises Forbidden on a finished task."""
        if TaskState(self.row.state) in FINAL or self.row.delete_asked:
            raise Forbidden(f"Invalid operation on non-running task: it is {self.row.state} already.")
        self.tally.cancel_asked = True
        self.failure = failure or self.failure
        self._sweep()

    def ask_delete(self) -> None:
        self.tally.cancel_asked = self.tally.delete_asked = True
        self._sweep()

    @property
    def doom(self) -> Failure | None:
        """Why what is stopped fails; None: it is cancelled."""
        return None if self.tally.cancel_asked else self.failure

    @property
    def queued(self) -> bool:
        """Whether it counts its time in the queue, and no instance has come further than to a lease."""
        counts = self.tally.counts
        begun = sum(counts.values()) - counts["ready"] - counts["dispatched"]
        return self._waits and not (begun or self.row.started_range or self.tally.cancel_asked)

    def leave_queue(self) -> None:
        """Its time in the queue counts no more."""
        self._waits = False

    def fail_queued(self) -> None:
        """Fail what waits, with the task; what is leased is stopped by its runner."""
        self._waits = False
        limit = _spec.decode(self.row.spec).max_time_queue_seconds
        self.failure = Failure.of(Faults.QUEUE_TIMEOUT, seconds=limit)
        waits = self._waiting()
        self._doomed = self._doomed | waits
        self.tally.doomed(waits)

    @property
    def deleted(self) -> bool:
        """Whether its deletion was asked in this batch."""
        return self.tally.delete_asked and not self.row.delete_asked

    @property
    def forgettable(self) -> bool:
        """Whether nothing stands in the way of its purge."""
        return self.tally.delete_asked and self.active == 0

    @property
    def uncapped(self) -> bool:
        """Whether instances that its own limit held back may be leased now."""
        most, row = self.row.most_running, self.row
        return most is not None and self.active < most <= row.active and self.tally.counts["ready"] > 0

    def _sweep(self) -> None:
        """Cancel what waits."""
        self.tally.cancelled(self._waiting())

    def _waiting(self) -> Ranges:
        """Take all that waits: what waited before this batch, and what came back in it."""
        waits = ((self._ready - self._taken) | Ranges.of(self.tally.ids.pop("ready", ()))) - self._swept
        self.tally.ids.pop("requeued", None)
        self._swept = self._swept | waits
        return waits

    def values(self, at: int) -> dict[str, Any]:
        """The parameters of _WRITE."""
        row = self.row._asdict()
        new = {name: row[name] for name in _KEPT}
        new |= {"modified_at": at, "cancel_asked": self.tally.cancel_asked}
        new |= {name: self.tally.counts[name] for name in Counts.__struct_fields__}
        new["active"] = self.active
        for name, more in self.tally.sums.items():
            new[name] += more
        new |= self._ranges() | self._state(at)
        return {"key": row["id"], **{f"new_{name}": value for name, value in new.items()}}

    def _ranges(self) -> dict[str, str]:
        new = {name: Ranges.of(ids) for name, ids in self.tally.ids.items()}
        new["cancelled"] = new.get("cancelled", Ranges()) | (self._swept - self._doomed)
        new["failed"] = new.get("failed", Ranges()) | self._doomed
        grown = {
            f"{name}_range": str(Ranges.stored(getattr(self.row, f"{name}_range")) | new[name])
            for name in _GROWING
            if new.get(name)
        }
        gone = self._taken | self._swept
        back, again = new.get("ready", Ranges()), new.get("requeued", Ranges())
        if gone or back:
            grown["ready_range"] = str((self._ready - gone) | back)
        if again or (gone and self.row.requeued_range):
            grown["requeued_range"] = str((Ranges.stored(self.row.requeued_range) - gone) | again)
        return grown

    def _state(self, at: int) -> dict[str, Any]:
        state = self.tally.state
        if state == self.row.state:
            return {}
        past = {"previous_state": self.row.state, "previous_state_at": self.row.state_at}
        ended = {"ended_at": at} if state in FINAL else {}
        return {**past, "state": str(state), "state_at": at, **ended}

    def rare(self, at: int) -> dict[str, Any] | None:
        """The parameters of _RARE; None when nothing of it changes."""
        row = self.row
        if not (row.queue_by or row.completion_ttl_us or self.failure):
            return None
        new = {
            "queue_by": row.queue_by if self._waits else None,
            "forget_at": row.forget_at,
            "failure": msgspec.json.encode(self.failure).decode() if self.failure else None,
        }
        if row.completion_ttl_us and row.forget_at is None and self.tally.state in FINAL:
            new["forget_at"] = at + row.completion_ttl_us
        if all(getattr(row, name) == value for name, value in new.items()):
            return None
        return {"key": row.id, **{f"new_{name}": value for name, value in new.items()}}


class Ledgers:
    """The tasks that one batch touches: each read once and written once."""

    def __init__(self, conn: Connection, at: int) -> None:
        self.conn, self.at = conn, at
        self._open: dict[int, Ledger] = {}

    def open(self, task_id: int) -> Ledger:
        """The ledger of a task. Raises NotFound."""
        if task_id not in self._open:
            row = _ROW.first(self.conn, key=task_id)
            if row is None:
                raise NotFound("No such task.")
            self._open[task_id] = Ledger(self.conn, row)
        return self._open[task_id]

    def load(self, task_ids: Iterable[int]) -> None:
        """Open many at once."""
        for keys in pieces([key for key in task_ids if key not in self._open]):
            for row in self.conn.execute(_ROWS, {"keys": keys}):
                self._open[row.id] = Ledger(self.conn, row)

    def ending(self) -> list[Ledger]:
        """Those whose last instance ended in this batch."""
        return [ledger for ledger in self._open.values() if ledger.ends]

    def write(self) -> None:
        ledgers = self._open.values()
        _WRITE.execute(self.conn, [ledger.values(self.at) for ledger in ledgers])
        rare = [row for ledger in ledgers if (row := ledger.rare(self.at)) is not None]
        if rare:
            _RARE.execute(self.conn, rare)
            wake(self.conn, TIMES)
        for ledger in ledgers:
            wake(self.conn, task_topic(ledger.row.account_id, ledger.row.id))
            if ledger.deleted:
                _delete(self.conn, ledger.row)
            if ledger.forgettable:
                wake(self.conn, PURGE)
            if ledger.uncapped:
                wake(self.conn, WORK)


def _delete(conn: Connection, row: Any) -> None:
    """Mark a task for the purge. Its shortname is free again at once: what it has now, no user can choose."""
    gone = {"delete_asked": True, "shortname": f"{row.uuid}~"}
    conn.execute(tasks.update().where(tasks.c.id == row.id).values(gone))


def _history(conn: Connection, task_id: int, ids: list[int]) -> dict[int, Mapping[str, int]]:
    """Number, failures and losses of the next attempt at each of these instances."""
    query = select(attempts).where(attempts.c.task_id == task_id, attempts.c.instance_id.in_(ids))
    out: dict[int, Mapping[str, int]] = {}
    for row in conn.execute(query.order_by(attempts.c.number)):
        cause = _cause(row.report, preempted=row.preempted)
        out[row.instance_id] = {
            "number": row.number + 1,
            "failures": row.failures + (cause is Kind.PROGRAM),
            "losses": row.losses + (cause is Kind.INFRASTRUCTURE),
        }
    return out


def _cause(report: str | None, *, preempted: bool) -> Kind | None:
    """Who ended an attempt that was tried again: the user's program, or we who lost it; None: it made room."""
    ended = msgspec.json.decode(report, type=Ended) if report else None
    if gave_way(ended, preempted=preempted):
        return None
    if ended is not None and ended.failure is not None and kind_of(ended.failure) is Kind.PROGRAM:
        return Kind.PROGRAM
    return Kind.INFRASTRUCTURE
