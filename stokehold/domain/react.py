"""The decision: what an event does to an attempt. No clock, no I/O, no randomness: time arrives in the event."""

from msgspec import Struct

from stokehold.domain.errors import Failure, Faults, Kind, kind_of
from stokehold.domain.events import AttemptEvent
from stokehold.domain.protocol import Ended, Lost, Phased, Returned
from stokehold.domain.states import BEGUN, NEXT, Phase

MOST_LOSSES = 10  # past this many, it is the instance that loses nodes, not the nodes that lose the instance


class Attempt(Struct):
    """One try at an instance, as far as decisions need it."""

    id: int
    task_id: int
    instance_id: int
    number: int
    failures: int
    losses: int
    token: str
    node_id: int
    phase: Phase
    stopping: bool
    preempted: bool = False


class Retries(Struct, frozen=True):
    """How often the user lets a program fail; None: that limit is not set (semantics.md 2.4)."""

    per_instance: int | None = None
    total: int | None = None
    spent: int = 0

    def allow(self, failures: int) -> bool:
        """Whether an instance whose program failed `failures` times may be tried again."""
        if self.per_instance is None and self.total is None:
            return False
        if self.per_instance is not None and failures > self.per_instance:
            return False
        return self.total is None or self.spent < self.total


class Move(Struct, frozen=True):
    """An attempt goes to phase `to`; with READY the instance waits for another attempt."""

    to: Phase
    failure: Failure | None = None
    spends_retry: bool = False
    erased: bool = False  # the attempt never began: it does not count


def react(
    attempt: Attempt, event: AttemptEvent, retries: Retries, doom: Failure | None = None
) -> Move | None:
    """What `event` makes of `attempt`; None when it comes too late to change anything.

    `doom` is why the whole task fails: attempts that were stopped for it fail with it, the others were cancelled.
    """
    move = _wish(attempt, event, retries)
    if doom is not None and move is not None and move.to is Phase.CANCELLED:
        move = Move(Phase.FAILED, doom, erased=move.erased)
    return move if move is not None and move.to in NEXT[attempt.phase] else None


def _wish(attempt: Attempt, event: AttemptEvent, retries: Retries) -> Move | None:
    match event:
        case Phased(phase=phase):
            return Move(phase) if phase in BEGUN else None  # only Ended and Lost end an attempt
        case Ended() if event.failure is None and not event.stopped:
            return Move(Phase.SUCCEEDED)
        case Ended():
            return _unsuccessful(attempt, event, retries)
        case Returned() if attempt.phase is Phase.LEASED:
            return Move(Phase.CANCELLED if attempt.stopping else Phase.READY, erased=True)
        case Returned() | Lost():
            return _again(attempt)


def gave_way(event: Ended | None, *, preempted: bool) -> bool:
    """Whether an attempt ended for no other reason than to make room: nobody's failure, nobody's loss."""
    return preempted and (event is None or event.stopped or _lost(event))


def executed(event: Ended) -> bool:
    """Whether the program of an attempt had begun."""
    return event.exit_code is not None or event.execution_us > 0


def _lost(event: Ended) -> bool:
    return event.failure is not None and kind_of(event.failure) is Kind.INFRASTRUCTURE


def _unsuccessful(attempt: Attempt, event: Ended, retries: Retries) -> Move:
    if attempt.stopping:
        return Move(Phase.CANCELLED)
    if gave_way(event, preempted=attempt.preempted):
        return Move(Phase.READY, erased=not executed(event))
    if event.failure is None or kind_of(event.failure) is Kind.INFRASTRUCTURE:
        return _again(attempt, event.failure)
    if kind_of(event.failure) is Kind.PROGRAM and retries.allow(attempt.failures + 1):
        return Move(Phase.READY, event.failure, spends_retry=True)
    return Move(Phase.FAILED, event.failure)


def _again(attempt: Attempt, failure: Failure | None = None) -> Move:
    """Another attempt for one that we lost; never at the user's expense, never without end."""
    if attempt.stopping:
        return Move(Phase.CANCELLED)
    if attempt.preempted or attempt.losses + 1 < MOST_LOSSES:
        return Move(Phase.READY, failure)
    return Move(Phase.FAILED, failure or Failure.of(Faults.NODE_LOST, times=MOST_LOSSES))
