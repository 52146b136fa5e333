"""What a snapshot becomes: a fold of its parts, whatever order their events come in."""

import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stokehold.domain.errors import Failure, Faults
from stokehold.domain.protocol import Ended, Lost, Saved
from stokehold.domain.snapshot import (
    NEXT,
    PART_NEXT,
    Config,
    Move,
    Parts,
    PartState,
    SnapshotState,
    complete,
    fold,
    next_beat,
    react,
)
from stokehold.domain.task import Spec

PROGRAM = Failure.of(Faults.EXIT_CODE, code=1)
OURS = Failure.of(Faults.UPLOAD_FAILED, reason="x")


@pytest.mark.parametrize(
    ("event", "results", "to"),
    [
        (Saved("1.a", 1, 0), False, PartState.SAVING),
        (Saved("1.a", 1, 0, over=True), False, PartState.SAVED),
        (Saved("1.a", 1, 0, over=True, reason="no room"), True, PartState.FAILED),
        (Ended("1.a", 0), True, PartState.SAVED),
        (Ended("1.a", 0, failure=PROGRAM), True, PartState.SAVED),
        (Ended("1.a", 0, failure=OURS), True, PartState.FAILED),
        (Ended("1.a", 0, stopped=True), True, PartState.FAILED),
        (Ended("1.a", 0), False, PartState.FAILED),
        (Lost("1.a"), True, PartState.FAILED),
        ("a node that was lost", True, PartState.FAILED),
    ],
)
def test_what_becomes_of_a_part(event: Any, results: bool, to: PartState) -> None:
    for state in (PartState.WAITING, PartState.SAVING):
        move = react(state, event, results=results)
        assert move is not None
        assert move.to is to
        assert bool(move.reason) == (to is PartState.FAILED)


@pytest.mark.parametrize("state", [PartState.SAVED, PartState.FAILED])
def test_what_comes_too_late_changes_nothing(state: PartState) -> None:
    for event in (Saved("1.a", 1, 0), Saved("1.a", 1, 0, over=True), Ended("1.a", 0), Lost("1.a")):
        assert react(state, event, results=True) is None


def test_a_snapshot_is_over_when_every_part_is_and_fails_with_one_of_them() -> None:
    assert fold(Parts(waiting=2)) is SnapshotState.TRIGGERED
    assert fold(Parts(waiting=1, saving=1)) is SnapshotState.IN_PROGRESS
    assert fold(Parts(waiting=1, failed=1)) is SnapshotState.IN_PROGRESS
    assert fold(Parts(saved=2)) is SnapshotState.SUCCESS
    assert fold(Parts(saved=1, failed=1)) is SnapshotState.FAILURE


@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from(PartState)), max_size=30))
def test_the_public_state_never_goes_back(moves: list[tuple[int, PartState]]) -> None:
    parts = [PartState.WAITING] * 4
    before = SnapshotState.TRIGGERED
    for which, to in moves:
        if to not in PART_NEXT[parts[which]]:
            continue
        parts[which] = to
        now = fold(Parts(*(parts.count(state) for state in PartState)))
        assert now is before or now in NEXT[before]
        before = now


def test_the_tables_know_every_state() -> None:
    assert set(NEXT) == set(SnapshotState)
    assert set(PART_NEXT) == set(PartState)
    assert tuple(Parts.__struct_fields__) == tuple(PartState)
    assert Move(PartState.SAVED) == Move(PartState.SAVED, "")


def spec(**fields: Any) -> Spec:
    return Spec(name="n", profile="docker-batch", instance_count=1, **fields)


def test_what_a_call_leaves_open_is_what_the_task_says() -> None:
    full = spec(
        snapshot_whitelist="w", snapshot_blacklist="b", snapshot_bucket="s", snapshot_bucket_prefix="p/",
        result_bucket="r", results_bucket_prefix="q/",
    )  # fmt: skip
    assert complete(Config(), full) == Config("w", "b", "s", "p/")
    assert complete(Config("", "x", "t", ""), full) == Config("", "x", "t", "")


def test_without_a_bucket_of_their_own_snapshots_go_where_the_results_go() -> None:
    assert complete(Config(), spec(result_bucket="r", results_bucket_prefix="q/")) == Config(
        None, None, "r", "q/"
    )
    other = complete(Config(bucket="t"), spec(result_bucket="r", results_bucket_prefix="q/"))
    assert other == Config(None, None, "t", None)
    assert complete(Config(), spec()).bucket is None


def test_beats_are_counted_from_the_submission_and_missed_ones_are_not_made_up_for() -> None:
    assert [next_beat(100, 10, now) for now in (100, 10_000_099, 10_000_100, 95_000_100)] == [
        10_000_100, 10_000_100, 20_000_100, 100_000_100,
    ]  # fmt: skip
    assert next_beat(3600_000_100, 10, 5_000_000) == 10_000_100, "the clock was put back by an hour"


@given(st.integers(0, 10**16), st.integers(10, 10**6), st.integers(0, 10**16))
def test_the_next_beat_is_ahead_and_no_further_than_a_period(start: int, every: int, now: int) -> None:
    beat = next_beat(start, every, now)
    assert (beat - start) % (every * 1_000_000) == 0
    assert 0 < beat - now <= every * 1_000_000


def test_settings_that_are_there_win() -> None:
    for mine, other in itertools.product((None, "", "x"), repeat=2):
        assert Config(whitelist=mine).over(Config(whitelist=other)).whitelist == (
            other if mine is None else mine
        )
