"""Random graphs of tasks in jobs: whatever ends, is aborted, deleted or terminated, and when, the audit holds."""

import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from stokehold.domain.errors import Forbidden, Invalid, NotFound
from stokehold.domain.events import AbortAsked, DeleteAsked, JobDeleteAsked, JobTerminateAsked, Upstream
from stokehold.domain.protocol import Ended
from stokehold.store import purge
from stokehold.store.database import Database
from stokehold.store.job_schema import jobs
from stokehold.store.schema import tasks
from tests import postgresql
from tests.store.audit import audit
from tests.store.kitchen import Kitchen

pytestmark = pytest.mark.timeout(1800)  # as many as are asked for, on a machine that does much else

SUCCESS = ("success",)
ends = st.sampled_from([SUCCESS, SUCCESS, SUCCESS, (), ("failure",), ("cancelled",), ("success", "failure")])
places = st.integers(0, 99)


class Graph(RuleBasedStateMachine):
    """A node and two jobs, whose tasks wait for one another."""

    url: str

    def __init__(self) -> None:
        super().__init__()
        self.database = Database(self.url)
        self.kitchen = Kitchen(self.database)
        self.uuids: dict[int, list[str]] = {}  # of the tasks of each job
        self.held: list[str] = []
        self.steps = 0

    def teardown(self) -> None:
        self.database.close()

    @initialize()
    def open_jobs(self) -> None:
        self.jobs = [self.kitchen.job(use_dependencies=True).id for _ in range(2)]

    def ids(self) -> list[int]:
        query = select(tasks.c.id).order_by(tasks.c.id)
        return list(self.database.read_now(lambda conn: conn.execute(query).scalars().all()))

    @rule(
        job=st.integers(0, 1),
        size=st.integers(1, 2),
        waits=st.lists(st.tuples(places, ends), max_size=3),
        count=st.integers(1, 4),
    )
    def submit(self, job: int, size: int, waits: list[tuple[int, tuple[str, ...]]], count: int) -> None:
        """Some tasks in one batch, each waiting for some of those before it, those of the batch among them."""
        batch = []
        known = list(self.uuids.get(self.jobs[job], ()))
        for _ in range(count):
            named = {known[-1 - place % min(len(known), 3)]: want for place, want in waits} if known else {}
            upstreams = tuple(Upstream(uuid, want) for uuid, want in named.items())
            batch.append(
                self.kitchen.submission(job_id=self.jobs[job], instance_count=size, upstreams=upstreams)
            )
            known.append(batch[-1].uuid)
        with suppress(Invalid, NotFound):  # a task that was forgotten, a job that has ended
            self.kitchen.record(*batch)
            self.uuids[self.jobs[job]] = known

    @rule(want=st.integers(1, 4))
    def hold(self, want: int) -> None:
        self.held += [lease.token for lease in self.kitchen.lease(want)]

    @rule(hows=st.lists(st.sampled_from(["ok", "ok", "fail", "stopped"]), min_size=1, max_size=4))
    def run(self, hows: list[str]) -> None:
        """The oldest waiting instances, and those that are held, end in one batch."""
        self.hold(len(hows))
        tokens, self.held = self.held[-len(hows) :], self.held[: -len(hows)]
        self.kitchen.record(*(self.ended(token, how) for token, how in zip(tokens, hows, strict=False)))

    def ended(self, token: str, how: str) -> Ended:
        failure = self.kitchen.failure if how == "fail" else None
        return Ended(token, self.kitchen.now, failure=failure, stopped=how == "stopped")

    @precondition(lambda self: self.ids())
    @rule(place=places, other=places, delete=st.booleans())
    def ask(self, place: int, other: int, delete: bool) -> None:
        """Two tasks are ended by their owner in one batch, one perhaps because the other waits for it."""
        ids = self.ids()
        first, second = ids[place % len(ids)], ids[other % len(ids)]
        with suppress(Forbidden):
            self.kitchen.record(DeleteAsked(first) if delete else AbortAsked(first), DeleteAsked(second))

    @precondition(lambda self: self.steps % 6 == 5)
    @rule(job=st.integers(0, 1), end=st.sampled_from(["terminate", "delete", "force"]), how=st.booleans())
    def end_job(self, job: int, end: str, how: bool) -> None:
        """A job ends, together with something that was held; another one takes its place."""
        last = [self.ended(self.held.pop(), "ok" if how else "fail")] if self.held else []
        asked = JobTerminateAsked(self.jobs[job])
        event = asked if end == "terminate" else JobDeleteAsked(self.jobs[job], end == "force")
        with suppress(Forbidden):
            self.kitchen.record(*last, event)
            self.jobs[job] = self.kitchen.job(use_dependencies=True).id

    @precondition(lambda self: self.steps % 6 == 2)
    @rule()
    def forget(self) -> None:
        while self.database.write_now(purge.purge):
            pass
        left = select(jobs.c.id).where(jobs.c.state == "Deleting", jobs.c.unfinished == 0)
        assert not self.database.read_now(lambda conn: conn.execute(left).all())

    @invariant()
    def the_audit_holds(self) -> None:
        self.steps += 1
        self.database.read_now(audit)


def tell(url: Iterator[str], examples: int, steps: int) -> None:
    class Told(Graph):
        def __init__(self) -> None:
            self.url = next(url)
            super().__init__()

    checks = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
    chosen = settings(
        max_examples=examples, stateful_step_count=steps, deadline=None, suppress_health_check=checks
    )
    run_state_machine_as_test(Told, settings=chosen)


def test_any_graph_keeps_the_invariants_on_sqlite(sqlite_url: str) -> None:
    template = Path(sqlite_url.removeprefix("sqlite:///")).read_bytes()

    def fresh() -> Iterator[str]:
        with tempfile.TemporaryDirectory() as folder:
            for number in range(10**6):
                path = Path(folder) / f"{number}.db"
                path.write_bytes(template)
                yield f"sqlite:///{path}"

    tell(fresh(), examples=25, steps=30)


def test_any_graph_keeps_the_invariants_on_postgresql(postgresql_server: postgresql.Server) -> None:
    made: list[str] = []

    def fresh() -> Iterator[str]:
        while True:
            made.append(postgresql_server.fresh())
            yield made[-1]

    tell(fresh(), examples=3, steps=20)
    for url in made:
        postgresql_server.drop(url)
