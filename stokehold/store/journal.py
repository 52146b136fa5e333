"""The one door: whatever happens comes through `record`, and nothing else writes a phase."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection

from stokehold.domain.errors import Failure, StokeholdError
from stokehold.domain.events import (
    AbortAsked,
    AttemptEvent,
    DeleteAsked,
    Event,
    Granted,
    NodeLost,
    QueueExpired,
    Submitted,
)
from stokehold.domain.protocol import Ended, Lost, Phased, Returned
from stokehold.domain.react import Attempt, react
from stokehold.store import arrivals
from stokehold.store.arrivals import Arrived
from stokehold.store.attempts import AttemptRows
from stokehold.store.bulk import Bulk
from stokehold.store.database import wake
from stokehold.store.ledgers import PURGE, TIMES, Ledgers
from stokehold.store.schema import journal

__all__ = ["PURGE", "TIMES", "WORK", "admit", "record"]

WORK = "work"  # topic: there may be something to lease
NODES = "nodes"  # topic: a node is not what it was
_APPEND = Bulk(journal.insert(), ["at", "task_id", "instance_id", "attempt", "event", "data"])


def record(conn: Connection, events: Sequence[Event], at: int) -> list[Attempt]:
    """Take a batch of events in their order: decide, write, append to the journal.

    A report whose lease token is not the current one changes nothing and leaves no line.
    A submission that cannot be stored raises what `admit` answers, and must undo the whole write.
    Returns the attempts that were granted, in the order of their leases.
    """
    batch = _Batch(conn, events, at)
    for event in events:
        batch.take(event)
    batch.close()
    return batch.granted


def admit(conn: Connection, events: Sequence[Submitted], at: int) -> list[Arrived | StokeholdError]:
    """Take submissions, each for itself; says in their order which task each one has, or why it has none."""
    batch = _Batch(conn, (), at)
    outcomes = batch.admit(events)
    batch.close()
    return outcomes


class _Batch:
    """The rows that a batch of events touches: read once, written once."""

    def __init__(self, conn: Connection, events: Sequence[Event], at: int) -> None:
        self.conn, self.at = conn, at
        self.ledgers = Ledgers(conn, at)
        self.attempts = AttemptRows(conn, at)
        self.attempts.load([e.token for e in events if isinstance(e, AttemptEvent)])
        self.granted: list[Attempt] = []
        self.lines: list[dict[str, object]] = []

    def take(self, event: Event) -> None:
        match event:
            case Phased() | Ended() | Returned() | Lost():
                attempt = self.attempts.held.get(event.token)
                if attempt is not None:
                    self._report(attempt, event)
            case Granted():
                self._grant(event)
            case Submitted():
                (outcome,) = self.admit([event])
                if isinstance(outcome, StokeholdError):
                    raise outcome
            case AbortAsked() | DeleteAsked():
                self._ask(event)
            case QueueExpired():
                self._expire(event.task_id)
            case NodeLost():
                wake(self.conn, NODES)
                for attempt in self.attempts.lose_node(event.node_id):
                    self._report(attempt, Lost(attempt.token, "the node fell silent"))

    def admit(self, events: Sequence[Submitted]) -> list[Arrived | StokeholdError]:
        outcomes = arrivals.insert(self.conn, events, self.at)
        for event, outcome in zip(events, outcomes, strict=True):
            if isinstance(outcome, Arrived) and not outcome.again:
                self._append(outcome.task_id, "submitted", data=event.request or None)
                wake(self.conn, WORK)
                if event.queue_by is not None:
                    wake(self.conn, TIMES)
        return outcomes

    def close(self) -> None:
        self.attempts.write()
        self.ledgers.write()
        _APPEND.execute(self.conn, self.lines)

    def _report(self, attempt: Attempt, event: AttemptEvent) -> None:
        ledger = self.ledgers.open(attempt.task_id)
        move = react(attempt, event, ledger.retries, ledger.doom)
        if move is None:
            return
        ledger.moved(attempt, move)
        if isinstance(event, Ended):
            ledger.measured(attempt, event)
        self.attempts.moved(attempt, move, event)
        self._append(attempt.task_id, move.to.value, attempt, move.failure)

    def _grant(self, event: Granted) -> None:
        history = self.ledgers.open(event.task_id).take([n for n, _, _ in event.leases])
        made = self.attempts.insert(event, history)
        self.granted += made
        for attempt in made:
            self._append(event.task_id, "leased", attempt)

    def _ask(self, event: AbortAsked | DeleteAsked) -> None:
        ledger = self.ledgers.open(event.task_id)
        if isinstance(event, DeleteAsked):
            ledger.ask_delete()
        else:
            ledger.ask_cancel()
        self._stop(event.task_id)
        self._append(event.task_id, "abort-asked" if isinstance(event, AbortAsked) else "delete-asked")

    def _expire(self, task_id: int) -> None:
        ledger = self.ledgers.open(task_id)
        if not ledger.queued or self.attempts.any_begun(task_id):
            ledger.leave_queue()
            return
        ledger.fail_queued()
        self._stop(task_id)
        self._append(task_id, "queue-expired", failure=ledger.failure)

    def _stop(self, task_id: int) -> None:
        for node_id in self.attempts.stop_task(task_id):
            wake(self.conn, f"node-{node_id}")

    def _append(
        self,
        task_id: int,
        event: str,
        attempt: Attempt | None = None,
        failure: Failure | None = None,
        data: str | None = None,
    ) -> None:
        self.lines.append(
            {
                "at": self.at,
                "task_id": task_id,
                "instance_id": attempt.instance_id if attempt else None,
                "attempt": attempt.number if attempt else None,
                "event": event,
                "data": msgspec.json.encode(failure).decode() if failure else data,
            }
        )
        if event == "ready":
            wake(self.conn, WORK)
