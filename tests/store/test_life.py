"""Whole lives of tasks, at random: what the stories of `test_story` leave out, and what must hold over time.

A rule for each new way in which a task, an instance or an attempt can change belongs here.
"""

from collections import defaultdict
from typing import Any
from uuid import uuid4

import msgspec
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule
from sqlalchemy import Connection, Row, select

from stokehold.domain.errors import Failure, Faults
from stokehold.domain.events import QueueExpired, Submitted
from stokehold.domain.protocol import Ended, Lease, Phased, Report, Returned
from stokehold.domain.react import MOST_LOSSES
from stokehold.domain.states import BEGUN, ENDS, FINAL, NEXT, Phase, TaskState
from stokehold.domain.task import RetrySettings, Spec
from stokehold.store import journal, leases, room
from stokehold.store.schema import attempts, tasks
from stokehold.store.schema import journal as lines
from tests import postgresql
from tests.store.steering import Steering
from tests.store.test_story import NAMES, PROGRAM, postgresql_copies, sqlite_copies, tell

pytestmark = pytest.mark.timeout(1800)  # as many as are asked for, on a machine that does much else

MEMORY = Failure.of(Faults.OUT_OF_MEMORY, limit_mb=1)
LOST_STORAGE = Failure.of(Faults.DOWNLOAD_FAILED, reason="r")
ENDINGS = {"ok": None, "program": PROGRAM, "memory": MEMORY, "storage": LOST_STORAGE}
PHASES = sorted(BEGUN, key=list(Phase).index)

spans = st.tuples(st.integers(0, 30), st.integers(0, 4))
endings = st.sampled_from(["ok", "ok", "program", "memory", "storage"])


class Life(Steering):
    """Also: tasks of any ranges, several at once, whole attempts in their order, time, and an end to it all."""

    def __init__(self) -> None:
        super().__init__()
        self.over: dict[tuple[str, int], str] = {}  # (task, instance) → how it ended, once
        self.final: dict[str, tuple[str, int]] = {}  # task → its final state, and when it came to it

    @rule(
        chosen=st.lists(st.lists(spans, min_size=1, max_size=4), min_size=1, max_size=3),
        each=st.sampled_from([None, 0, 1, 3]),
        total=st.sampled_from([None, 0, 2]),
        queue=st.sampled_from([None, 1, 60 * 10**6]),
        kept=st.sampled_from([0, 1, 60 * 10**6]),
        evictable=st.booleans(),
    )
    def submit_ranges(
        self,
        chosen: list[list[tuple[int, int]]],
        each: int | None,
        total: int | None,
        queue: int | None,
        kept: int,
        evictable: bool,
    ) -> None:
        """Several tasks in one batch; the ranges of each may overlap and come in any order."""
        retry = RetrySettings(max_total_retries=total, max_per_instance_retries=each)
        events = []
        for ranges in chosen:
            text = ",".join(f"{low}-{low + more}" if more else f"{low}" for low, more in ranges)
            spec = Spec(name="n", advanced_ranges=text, retry_settings=retry, tags=["a"])
            uuid, told = str(uuid4()), msgspec.json.encode(spec).decode()
            limits = {
                "queue_by": queue and self.now + queue, "completion_ttl_us": kept, "evictable": evictable,
            }  # fmt: skip
            names = (uuid, self.account, "n", uuid, "docker-batch", told)
            events.append(Submitted(*names, spec.ids(), ("a",), **limits))
        self.write(journal.record, events, self.now)

    @rule(
        name=st.sampled_from(NAMES),
        want=st.integers(1, 8),
        told=st.lists(st.tuples(st.sets(st.sampled_from(PHASES)), endings), min_size=8, max_size=8),
    )
    def carry_out(self, name: str, want: int, told: list[tuple[set[Phase], str]]) -> None:
        """A runner does as runners do: some phases in their order, then an end, all in few calls."""
        for lease, (phases, ending) in zip(self.leased(name, want), told, strict=False):
            self.now += 1000
            batch: list[Report] = [
                Phased(lease.token, phase, self.now) for phase in PHASES if phase in phases
            ]
            batch.append(Ended(lease.token, self.now, failure=ENDINGS[ending], execution_us=11))
            self.take(name, self.seq[name], batch)
            self.seq[name] += len(batch)

    @rule(
        name=st.sampled_from(NAMES),
        ending=st.sampled_from(["program", "storage"]),
        rounds=st.sampled_from([2, 4, MOST_LOSSES + 1]),
    )
    def fail_again_and_again(self, name: str, ending: str, rounds: int) -> None:
        """Whatever the limits are, they are met: a program that fails forever, or a storage that is away."""
        for _ in range(rounds):
            ends = [Ended(x.token, self.now, failure=ENDINGS[ending]) for x in self.leased(name, 8)]
            self.write(journal.record, ends, self.now)
            self.now += 1

    def leased(self, name: str, want: int) -> list[Lease]:
        given = self.write(leases.claim, self.node[name], want, lambda: uuid4().hex, self.now)
        fresh = [lease for one in given for lease in one.leases]
        self.tokens += [lease.token for lease in fresh]
        return fresh

    @precondition(lambda self: self.tokens)
    @rule(which=st.integers(0, 99), ending=endings, stopped=st.booleans(), times=st.integers(1, 3))
    def end_over_and_over(self, which: int, ending: str, stopped: bool, times: int) -> None:
        """The same end, told several times, in one batch: it counts once."""
        token = self.tokens[-1 - which % len(self.tokens)]
        ended = Ended(token, self.now, failure=ENDINGS[ending], stopped=stopped, execution_us=3)
        self.write(journal.record, [ended] * times, self.now)

    @rule(name=st.sampled_from(NAMES), want=st.integers(1, 4))
    def take_and_give_back(self, name: str, want: int) -> None:
        """A runner leases ahead and drains: nothing is counted of it."""
        before = self.begun()
        fresh = self.leased(name, want)
        self.write(journal.record, [Returned(lease.token) for lease in fresh], self.now)
        assert self.begun() == before

    def begun(self) -> int:
        query = select(attempts.c.id).where(attempts.c.phase != Phase.LEASED)
        return len(self.database.read_now(lambda conn: conn.execute(query).all()))

    @precondition(lambda self: self.unfinished())
    @rule(which=st.integers(0, 9), times=st.integers(1, 2))
    def run_out_of_patience(self, which: int, times: int) -> None:
        """The time in the queue of a task is over, whether it waits or not."""
        ids = self.unfinished()
        self.write(journal.record, [QueueExpired(ids[which % len(ids)])] * times, self.now)

    @rule(wanted=st.integers(0, 4), most=st.integers(0, 6))
    def make_room(self, wanted: int, most: int) -> None:
        """Only what has ended and may go makes way."""
        gone = select(tasks.c.id).where(tasks.c.delete_asked)
        may = select(tasks.c.id).where(tasks.c.evictable, tasks.c.ended_at.is_not(None))
        before, allowed = self.ids(gone), self.ids(may)
        assert 0 <= self.write(room.make_room, self.account, wanted, most, self.now) <= wanted
        assert self.ids(gone) - before <= allowed

    def ids(self, query: Any) -> set[int]:
        return set(self.database.read_now(lambda conn: conn.execute(query).scalars().all()))

    @rule(us=st.sampled_from([1, 10**6, 3600 * 10**6, -(10**6)]))
    def let_time_pass(self, us: int) -> None:
        """Clocks go on, jump, and are set back a little."""
        self.now = max(1, self.now + us)

    @rule()
    def bring_everything_to_its_end(self) -> None:
        """Nothing is stuck: with a node that works, every task ends."""
        name = NAMES[0]
        self.introduce(name)
        for _ in range(200):
            held = [*self.active(NAMES[0]), *self.active(NAMES[1]), *(x.token for x in self.leased(name, 99))]
            if not held:
                break
            self.now += 1
            self.write(journal.record, [Ended(token, self.now) for token in held], self.now)
        ended = select(tasks.c.id).where(tasks.c.ended_at.is_(None), tasks.c.delete_asked.is_(False))
        assert not self.database.read_now(lambda conn: conn.execute(ended).all()), "a task is stuck"

    @invariant()
    def what_is_over_stays_over(self) -> None:
        """Each instance ends exactly once, and so does each task."""
        if hasattr(self, "final"):
            self.database.read_now(self._over)

    def _over(self, conn: Connection) -> None:
        ends = select(tasks.c.uuid, lines.c.instance_id, lines.c.event).join(
            tasks, tasks.c.id == lines.c.task_id
        )
        for uuid, instance, event in conn.execute(ends.where(lines.c.event.in_(ENDS))):
            assert self.over.setdefault((uuid, instance), event) == event
        for task in conn.execute(select(tasks).where(tasks.c.ended_at.is_not(None))):
            if not task.delete_asked:
                assert TaskState(task.state) in FINAL
                seen = self.final.setdefault(task.uuid, (task.state, task.ended_at))
                assert seen == (task.state, task.ended_at)

    @invariant()
    def the_journal_leads_to_the_rows(self) -> None:
        if hasattr(self, "final"):
            self.database.read_now(replay)


def replay(conn: Connection) -> None:
    """Every line of the journal is a move that the table allows, and the last one is what the row says."""
    told: dict[tuple[int, int], list[Row[Any]]] = defaultdict(list)
    for line in conn.execute(select(lines).where(lines.c.instance_id.is_not(None)).order_by(lines.c.seq)):
        told[line.task_id, line.instance_id].append(line)
    rows = {(row.task_id, row.instance_id, row.number): row for row in conn.execute(select(attempts))}
    partly_purged = set(conn.execute(select(tasks.c.id).where(tasks.c.delete_asked)).scalars())
    for (task_id, instance), moves in told.items():
        if task_id not in partly_purged:
            _replay_instance(task_id, instance, moves, rows)


def _replay_instance(
    task_id: int, instance: int, moves: list[Row[Any]], rows: dict[tuple[int, int, int], Row[Any]]
) -> None:
    at, number = Phase.READY, 1
    for line in moves:
        phase = Phase(line.event)
        assert phase in NEXT[at], f"{at} → {phase}"
        assert line.attempt == number
        row = rows.get((task_id, instance, number))
        assert row is not None or at not in BEGUN, "only what never began is forgotten"
        never_begun = at is Phase.LEASED and row is None  # it was given back: its number is free again
        if phase is Phase.READY and not never_begun and not _taken_again(moves, line):
            number += 1
        at = phase
    row = rows.get((task_id, instance, number))
    if at in BEGUN | {Phase.LEASED}:
        assert row is not None
        assert row.ended_at is None
        assert Phase(row.phase) is at
    elif at in ENDS and row is not None:
        assert row.ended_at is not None
        assert Phase(row.phase) is at


def _taken_again(moves: list[Row[Any]], line: Row[Any]) -> bool:
    """Whether the next attempt has the same number: this one was given back before it began."""
    later = [one for one in moves if one.seq > line.seq]
    return bool(later) and later[0].attempt == line.attempt


def test_any_life_keeps_the_invariants_on_sqlite(sqlite_url: str) -> None:
    with sqlite_copies(sqlite_url) as urls:
        tell(Life, urls, examples=25, steps=30)


def test_any_life_keeps_the_invariants_on_postgresql(postgresql_server: postgresql.Server) -> None:
    with postgresql_copies(postgresql_server) as urls:
        tell(Life, urls, examples=3, steps=20)
