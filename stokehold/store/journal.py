"""The one door: whatever happens comes through `record`, and nothing else writes a phase."""

from collections.abc import Mapping, Sequence

import msgspec
from sqlalchemy import Connection

from stokehold.domain.errors import Failure, Faults, StokeholdError
from stokehold.domain.events import (
    AbortAsked,
    AttemptEvent,
    AttemptNews,
    DeleteAsked,
    Event,
    Granted,
    JobDeleteAsked,
    JobEvent,
    JobOpened,
    JobTerminateAsked,
    NodeLost,
    Preempted,
    QueueExpired,
    RefreshAsked,
    SnapshotAsked,
    Submitted,
    TaskEvent,
)
from stokehold.domain.protocol import Ended, Lost, Phased, Refreshed, Returned, Saved
from stokehold.domain.react import Attempt, react
from stokehold.domain.states import ENDS, Phase
from stokehold.store import arrivals, dependencies, queueing, refreshes
from stokehold.store.arrivals import Arrived
from stokehold.store.attempts import AttemptRows
from stokehold.store.bulk import Bulk, pieces
from stokehold.store.database import wake
from stokehold.store.dependencies import WORK
from stokehold.store.job_rows import JobRows
from stokehold.store.ledgers import PURGE, TIMES, Ledgers
from stokehold.store.schema import journal
from stokehold.store.snapshot_rows import SnapshotRows

__all__ = ["PURGE", "TIMES", "WORK", "admit", "record"]

IDLE = "idle"  # topic: a node asks, and nothing waits for it
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
        self.jobs = JobRows(conn, at)
        self.attempts = AttemptRows(conn, at)
        self.attempts.load([e.token for e in events if isinstance(e, AttemptEvent | AttemptNews)])
        self.snapshots = SnapshotRows(conn, at)
        self.refreshed: list[tuple[Attempt, Refreshed]] = []
        self.granted: list[Attempt] = []
        self.lines: list[dict[str, object]] = []

    def take(self, event: Event) -> None:
        match event:
            case Phased() | Ended() | Returned() | Lost():
                self._hear(event)
            case Saved() | Refreshed():
                self._tell(event)
            case NodeLost():
                self._lose(event)
            case Preempted():
                self._preempt(event.attempt_ids)
            case JobOpened():
                self.jobs.insert(event)
            case JobTerminateAsked() | JobDeleteAsked():
                self._ask_job(event)
            case _:
                self._take_of_task(event)

    def _take_of_task(self, event: TaskEvent) -> None:
        match event:
            case Granted():
                self._grant(event)
            case Submitted():
                self._submit(event)
            case AbortAsked() | DeleteAsked():
                self._ask(event)
            case QueueExpired():
                self._expire(event.task_id)
            case SnapshotAsked() | RefreshAsked():
                self._order(event)

    def admit(self, events: Sequence[Submitted]) -> list[Arrived | StokeholdError]:
        outcomes = self._join(events, arrivals.insert(self.conn, events, self.at))
        for event, outcome in zip(events, outcomes, strict=True):
            if isinstance(outcome, Arrived) and not outcome.again:
                self._append(outcome.task_id, "submitted", data=event.request or None)
                wake(self.conn, WORK)
                if event.queue_by is not None:
                    wake(self.conn, TIMES)
        return outcomes

    def close(self) -> None:
        settled = self._settle()
        self.attempts.write()
        self.snapshots.write(self.ledgers)
        refreshes.told(self.conn, self.refreshed)
        self.ledgers.write()
        for task_ids in pieces(dependencies.settle(self.conn, settled)):
            queueing.begin(self.conn, task_ids, self.at)
        self.jobs.write()
        _APPEND.execute(self.conn, self.lines)

    def _submit(self, event: Submitted) -> None:
        (outcome,) = self.admit([event])
        if isinstance(outcome, StokeholdError):
            raise outcome

    def _hear(self, event: AttemptEvent) -> None:
        attempt = self.attempts.held.get(event.token)
        if attempt is not None:
            self._report(attempt, event)

    def _report(self, attempt: Attempt, event: AttemptEvent) -> None:
        ledger = self.ledgers.open(attempt.task_id)
        move = react(attempt, event, ledger.retries, ledger.doom)
        if move is None:
            return
        ledger.moved(attempt, move)
        if isinstance(event, Ended):
            ledger.measured(attempt, event)
        if ledger.row.snapshots_open and (move.to in ENDS or move.to is Phase.READY):
            self.snapshots.told(attempt, event)
        self.attempts.moved(attempt, move, event)
        self._append(attempt.task_id, move.to.value, attempt, move.failure)

    def _preempt(self, attempt_ids: Sequence[int]) -> None:
        for attempt in self.attempts.preempt(attempt_ids):
            self._append(attempt.task_id, "preempted", attempt)
            wake(self.conn, f"node-{attempt.node_id}")

    def _order(self, event: SnapshotAsked | RefreshAsked) -> None:
        if isinstance(event, SnapshotAsked):
            self.snapshots.ask(event)
        else:
            refreshes.ask(self.conn, event.task_id)
        self._append(event.task_id, "snapshot-asked" if isinstance(event, SnapshotAsked) else "refresh-asked")

    def _lose(self, event: NodeLost) -> None:
        wake(self.conn, NODES)
        for attempt in self.attempts.lose_node(event.node_id):
            self._report(attempt, Lost(attempt.token, "the node fell silent"))

    def _tell(self, event: AttemptNews) -> None:
        attempt = self.attempts.held.get(event.token)
        if attempt is None:
            return
        if isinstance(event, Saved):
            self.snapshots.told(attempt, event)
        else:
            self.refreshed.append((attempt, event))

    def _grant(self, event: Granted) -> None:
        ledger = self.ledgers.open(event.task_id)
        history = ledger.take([n for n, _, _ in event.leases])
        made = self.attempts.insert(event, history, ledger.row.inputs_revision)
        self.granted += made
        for attempt in made:
            self._append(event.task_id, "leased", attempt)

    def _ask(self, event: AbortAsked | DeleteAsked, failure: Failure | None = None) -> None:
        ledger = self.ledgers.open(event.task_id)
        if isinstance(event, DeleteAsked):
            ledger.ask_delete()
        else:
            ledger.ask_cancel(failure)
        if ledger.active:
            self._stop(event.task_id)
        self._append(event.task_id, "abort-asked" if isinstance(event, AbortAsked) else "delete-asked")

    def _ask_job(self, event: JobEvent) -> None:
        """Ask every task of a job that it concerns what is asked of the job."""
        course, task_ids = self.jobs.ask(event)
        self.ledgers.load(task_ids)
        for task_id in task_ids:
            if course.deletes:
                self._ask(DeleteAsked(task_id))
            elif isinstance(event, JobTerminateAsked):
                self._ask(AbortAsked(task_id), Failure.of(Faults.CANCELLED, reason=event.reason))

    def _join(
        self, events: Sequence[Submitted], outcomes: Sequence[Arrived | StokeholdError]
    ) -> list[Arrived | StokeholdError]:
        """New tasks enter their jobs; those that may not are withdrawn, and it is said why."""
        new = [
            (outcome.task_id, event)
            for event, outcome in zip(events, outcomes, strict=True)
            if event.job_id is not None and isinstance(outcome, Arrived) and not outcome.again
        ]
        if not new:
            return list(outcomes)
        refused = self.jobs.refusals(new)
        attached = dependencies.attach(self.conn, new, refused)
        arrivals.withdraw(self.conn, list(refused))
        self.jobs.join(event for task_id, event in new if task_id not in refused)
        self._cancel(attached)
        return [
            refused.get(outcome.task_id, outcome) if isinstance(outcome, Arrived) else outcome
            for outcome in outcomes
        ]

    def _settle(self) -> dict[int, str]:
        """Draw the consequences for jobs and dependents; returns the tasks that end, and how."""
        ending = [ledger for ledger in self.ledgers.ending() if ledger.row.job_id is not None]
        if not ending:
            return {}
        self.jobs.load(ledger.row.job_id for ledger in ending)
        self._cancel(dependencies.doomed(self.conn, self._verdicts()))
        for ledger in self.ledgers.ending():
            if ledger.row.job_id is not None:
                self.jobs.leave(ledger.row.job_id)
        return self._verdicts()

    def _verdicts(self) -> dict[int, str]:
        """How the tasks end that others may wait for."""
        return {
            ledger.row.id: verdict
            for ledger in self.ledgers.ending()
            if ledger.row.job_id is not None
            and self.jobs.open(ledger.row.job_id).use_dependencies
            and (verdict := ledger.verdict) is not None
        }

    def _cancel(self, doomed: Mapping[int, Failure]) -> None:
        """Cancel tasks that wait for what cannot be any more: no runner has any of them."""
        self.ledgers.load(doomed)
        for task_id, failure in doomed.items():
            ledger = self.ledgers.open(task_id)
            if not ledger.over:
                ledger.ask_cancel(failure)
                self._append(task_id, "dependency-unmet", failure=failure)

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
