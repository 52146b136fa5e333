"""Snapshots: what a running task has made so far, stored without stopping it (api.md 3.11 and 4.4, semantics.md 7.4).

A snapshot has one part for each instance that runs when it is asked for; its state is a fold of theirs.
"""

from enum import StrEnum

from msgspec import Struct
from msgspec.structs import astuple

from stokehold.domain.errors import Kind, kind_of
from stokehold.domain.moments import SECOND
from stokehold.domain.protocol import Ended, Saved
from stokehold.domain.task import Spec

LEAST_EVERY_S = 10  # periodic snapshots come no closer together


class SnapshotState(StrEnum):
    """The four public states, spelled as the clients know them."""

    TRIGGERED = "Triggered"  #: asked for; no instance has begun
    IN_PROGRESS = "InProgress"  #: files are being stored
    SUCCESS = "Success"  #: every instance has stored its files
    FAILURE = "Failure"  #: an instance at least could not store all of them


class PartState(StrEnum):
    """Where one instance is with a snapshot."""

    WAITING = "waiting"
    SAVING = "saving"
    SAVED = "saved"
    FAILED = "failed"


NEXT: dict[SnapshotState, frozenset[SnapshotState]] = {
    SnapshotState.TRIGGERED: frozenset(SnapshotState) - {SnapshotState.TRIGGERED},
    SnapshotState.IN_PROGRESS: frozenset({SnapshotState.SUCCESS, SnapshotState.FAILURE}),
    SnapshotState.SUCCESS: frozenset(),
    SnapshotState.FAILURE: frozenset(),
}

PART_NEXT: dict[PartState, frozenset[PartState]] = {
    PartState.WAITING: frozenset({PartState.SAVING, PartState.SAVED, PartState.FAILED}),
    PartState.SAVING: frozenset(
        {PartState.SAVING, PartState.SAVED, PartState.FAILED}
    ),  # it tells how far it is
    PartState.SAVED: frozenset(),
    PartState.FAILED: frozenset(),
}


class Parts(Struct, frozen=True):
    """How many parts of a snapshot are in each state."""

    waiting: int = 0
    saving: int = 0
    saved: int = 0
    failed: int = 0


def fold(parts: Parts) -> SnapshotState:
    """The public state of a snapshot: a function of the states of its parts."""
    if parts.waiting + parts.saving == 0:
        return SnapshotState.FAILURE if parts.failed else SnapshotState.SUCCESS
    return SnapshotState.IN_PROGRESS if any(astuple(parts)[1:]) else SnapshotState.TRIGGERED


class Move(Struct, frozen=True):
    """A part goes to state `to`; `reason` is why it failed."""

    to: PartState
    reason: str = ""


def react(part: PartState, event: object, *, results: bool) -> Move | None:
    """What `event`, a report or whatever ends the attempt, makes of a part; None when it comes too late.

    `results`: the task has a result bucket. An instance that ends has stored there what the snapshot would have held.
    """
    move = _wish(event, results=results)
    return move if move.to in PART_NEXT[part] else None


def _wish(event: object, *, results: bool) -> Move:
    match event:
        case Saved(over=False):
            return Move(PartState.SAVING)
        case Saved(reason=reason):
            return Move(PartState.FAILED if reason else PartState.SAVED, reason)
        case Ended(stopped=True, results=[]):
            return Move(PartState.FAILED, "it was stopped before its files were stored")
        case Ended() if results and _stored(event):
            return Move(PartState.SAVED)
        case Ended():
            return Move(PartState.FAILED, "it ended before its files were stored")
        case _:
            return Move(PartState.FAILED, "its node was lost, or gave it back, before its files were stored")


def _stored(ended: Ended) -> bool:
    """Whether an attempt has stored its final results: a program that fails has some too."""
    return ended.failure is None or kind_of(ended.failure) is not Kind.INFRASTRUCTURE


class Config(Struct, frozen=True, rename="camel", omit_defaults=True):
    """What a snapshot takes and where it goes; None: not said."""

    whitelist: str | None = None
    blacklist: str | None = None
    bucket: str | None = None
    bucket_prefix: str | None = None

    def over(self, other: "Config") -> "Config":
        """This, and what `other` says where this is silent."""
        pairs = zip(astuple(self), astuple(other), strict=True)
        return Config(*(other if mine is None else mine for mine, other in pairs))


def complete(config: Config, spec: Spec) -> Config:
    """`config`, and where it is silent what the submission says; without a bucket there is nowhere to store anything.

    In the result bucket a snapshot's files have the keys that the final results will have.
    """
    full = config.over(
        Config(
            spec.snapshot_whitelist,
            spec.snapshot_blacklist,
            spec.snapshot_bucket,
            spec.snapshot_bucket_prefix,
        )
    )
    bucket = full.bucket or spec.result_bucket
    prefix = full.bucket_prefix
    if prefix is None and bucket == spec.result_bucket:
        prefix = spec.results_bucket_prefix
    return Config(full.whitelist, full.blacklist, bucket, prefix)


def next_beat(start: int, every_s: int, now: int) -> int:
    """The first moment after `now` that is a whole number of periods after `start`."""
    every = every_s * SECOND
    return start + ((now - start) // every + 1) * every
