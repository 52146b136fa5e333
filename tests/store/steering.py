"""Rules for what its owner does to a task that runs: snapshots, new inputs; and for how urgent and how wide it is."""

from collections import Counter
from contextlib import suppress
from typing import Any
from uuid import uuid4

import msgspec
from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule
from sqlalchemy import Connection, select

from stokehold.domain.errors import Forbidden, Invalid
from stokehold.domain.events import RefreshAsked, SnapshotAsked, Submitted
from stokehold.domain.protocol import Refreshed, Saved
from stokehold.domain.snapshot import Config, Parts, SnapshotState, fold
from stokehold.domain.task import Spec
from stokehold.store import journal
from stokehold.store import snapshots as snapshots_of
from stokehold.store.schema import attempts, tasks
from stokehold.store.snapshot_schema import snapshot_parts, snapshots
from tests.store.test_story import Story

FINISHED = {SnapshotState.SUCCESS, SnapshotState.FAILURE}
which = st.integers(0, 9)


class Steering(Story):
    """Owners look after their tasks."""

    def __init__(self) -> None:
        super().__init__()
        self.snapshots_over: dict[str, SnapshotState] = {}

    @rule(size=st.integers(1, 6), urgent=st.booleans(), most=st.sampled_from([None, 1, 2]))
    def submit_steered(self, size: int, urgent: bool, most: int | None) -> None:
        """A task with a result bucket, perhaps urgent, perhaps only so many instances at once."""
        spec = Spec(name="n", instance_count=size, result_bucket="results")
        uuid, told = str(uuid4()), msgspec.json.encode(spec).decode()
        names = (uuid, self.account, "n", uuid, "docker-batch", told)
        event = Submitted(
            *names, spec.ids(), scheduling="onDemand" if urgent else "flex", most_running=most
        )  # fmt: skip
        self.write(journal.record, [event], self.now)

    @precondition(lambda self: self.unfinished())
    @rule(which=which, periodic=st.booleans())
    def ask_for_a_snapshot(self, which: int, periodic: bool) -> None:
        ids = self.unfinished()
        task_id = ids[which % len(ids)]
        name = snapshots_of.name(str(uuid4()), self.now)
        with suppress(Forbidden):  # nothing runs of it
            self.write(journal.record, [SnapshotAsked(task_id, name, Config(), periodic)], self.now)

    @precondition(lambda self: self.tokens)
    @rule(
        told=st.lists(
            st.tuples(which, st.integers(1, 4), st.booleans(), st.sampled_from(["", "", "why"])),
            min_size=1, max_size=4,
        )
    )  # fmt: skip
    def save(self, told: list[tuple[int, int, bool, str]]) -> None:
        """Runners tell of snapshots, asked for or not, in progress or over, again and again."""
        made = [
            Saved(
                self.tokens[-1 - which % len(self.tokens)], snapshot, self.now, 7, 3, over=over, reason=reason
            )
            for which, snapshot, over, reason in told
        ]
        self.write(journal.record, made * 2, self.now)

    @precondition(lambda self: self.unfinished())
    @rule(which=which)
    def refresh(self, which: int) -> None:
        ids = self.unfinished()
        with suppress(Invalid):  # nothing runs of it
            self.write(journal.record, [RefreshAsked(ids[which % len(ids)])], self.now)

    @precondition(lambda self: self.tokens)
    @rule(which=which, revision=st.integers(0, 3), reason=st.sampled_from(["", "why"]))
    def tell_of_new_inputs(self, which: int, revision: int, reason: str) -> None:
        token = self.tokens[-1 - which % len(self.tokens)]
        self.write(journal.record, [Refreshed(token, revision, self.now, reason)], self.now)

    @invariant()
    def what_steers_adds_up(self) -> None:
        if hasattr(self, "snapshots_over"):
            self.database.read_now(self._audit_snapshots)
            self.database.read_now(audit_width)

    def _audit_snapshots(self, conn: Connection) -> None:
        """Parts belong to attempts that go on; counters equal rows; what is over stays as it is."""
        parts: dict[int, Counter[str]] = {}
        query = select(snapshot_parts, attempts.c.ended_at)
        for part in conn.execute(query.join(attempts, attempts.c.id == snapshot_parts.c.attempt_id)):
            assert part.ended_at is None, "an attempt that has ended has settled its part"
            parts.setdefault(part.snapshot_id, Counter())[part.state] += 1
        going_on: Counter[int] = Counter()
        for row in conn.execute(select(snapshots)):
            open_parts = parts.get(row.id, Counter())
            assert (row.waiting, row.saving) == (open_parts["waiting"], open_parts["saving"])
            state = fold(Parts(row.waiting, row.saving, row.saved, row.failed))
            assert self.snapshots_over.get(row.name, state) == state
            if state in FINISHED:
                self.snapshots_over[row.name] = state
            else:
                going_on[row.task_id] += 1
        for task in conn.execute(select(tasks.c.id, tasks.c.snapshots_open)):
            assert task.snapshots_open == going_on[task.id]


def audit_width(conn: Connection) -> None:
    """No task runs more instances at once than its owner allows."""
    limited: Any = select(tasks).where(tasks.c.most_running.is_not(None))
    for task in conn.execute(limited):
        assert task.dispatched + task.executing + task.uploading <= task.most_running
