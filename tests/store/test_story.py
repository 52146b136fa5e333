"""Random stories through the store's own doors: whatever happens, in whatever order, the audit holds."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from stokehold.domain.errors import Failure, Faults, Forbidden, NotFound
from stokehold.domain.events import AbortAsked, DeleteAsked, NodeLost, Preempted, Submitted
from stokehold.domain.protocol import Ended, Inventory, Lease, Lost, Phased, Printed, Report, Returned
from stokehold.domain.quota import UNLIMITED
from stokehold.domain.states import BEGUN
from stokehold.domain.task import RetrySettings, Spec
from stokehold.store import accounts, journal, leases, nodes, preemptions, purge, timers
from stokehold.store.database import Database
from stokehold.store.schema import attempts, outputs, tasks
from stokehold.store.schema import journal as lines
from stokehold.store.vault import Vault
from tests import postgresql
from tests.store.audit import audit

pytestmark = pytest.mark.timeout(1800)  # as many as are asked for, on a machine that does much else

PROGRAM = Failure.of(Faults.EXIT_CODE, code=1)
LOSS = Failure.of(Faults.UPLOAD_FAILED, reason="r")
NAMES = ["a", "b"]
QUEUE, KEPT = 40, 30  # microseconds in the queue, and after completion

kinds = st.sampled_from(["phase", "print", "ok", "ok", "fail", "fail", "lose", "stopped", "return", "lost"])


class Story(RuleBasedStateMachine):
    """Two nodes, a few tasks, one server that is restarted now and then."""

    url: str

    def __init__(self) -> None:
        super().__init__()
        self.database = Database(self.url)
        self.now = 1_000_000
        self.tokens: list[str] = []  # every token ever given, and some that never were
        self.ended: dict[str, str] = {}  # token -> how its attempt ended, once
        self.seq = dict.fromkeys(NAMES, 1)
        self.sent: dict[str, list[tuple[int, list[Report]]]] = {name: [] for name in NAMES}
        vault = Vault(b"k" * 32)
        self.account = self.write(accounts.create, vault, f"{uuid4()}@example.org", str(uuid4()), 0).id
        self.uuid = {name: str(uuid4()) for name in NAMES}
        self.node = {name: self.introduce(name) for name in NAMES}

    def teardown(self) -> None:
        self.database.close()

    def write(self, *call: Any) -> Any:
        return self.database.write_now(*call)

    def introduce(self, name: str) -> int:
        inventory = Inventory(name, cores=1, memory_mb=1)
        return int(self.write(nodes.introduce, self.uuid[name], str(uuid4()), inventory, self.now))

    def task_ids(self) -> list[int]:
        query = select(tasks.c.id).order_by(tasks.c.id)
        return list(self.database.read_now(lambda conn: conn.execute(query).scalars().all()))

    @rule(
        size=st.integers(1, 5),
        each=st.sampled_from([None, 1, 2]),
        total=st.sampled_from([None, 1, 3]),
        scheduling=st.sampled_from(["flex", "flex", "onDemand"]),
        most=st.sampled_from([None, None, 1, 2]),
    )
    def submit(
        self, size: int, each: int | None, total: int | None, scheduling: str, most: int | None
    ) -> None:
        retry = RetrySettings(max_total_retries=total, max_per_instance_retries=each)
        spec = Spec(name="n", instance_count=size, retry_settings=retry)
        uuid, text = str(uuid4()), msgspec.json.encode(spec).decode()
        event = Submitted(
            uuid, self.account, "n", uuid, "docker-batch", text, spec.ids(), scheduling=scheduling, most_running=most,
            queue_by=self.now + QUEUE if size % 2 else None, completion_ttl_us=KEPT if size > 3 else 0,
        )  # fmt: skip
        self.write(journal.record, [event], self.now)

    @rule(by=st.integers(1, QUEUE))
    def time_passes(self, by: int) -> None:
        """What is due is done, and nothing is due afterwards."""
        self.now += by
        while self.write(timers.carry_out, self.now):
            pass
        moment = self.database.read_now(timers.next_moment)
        assert moment is None or moment > self.now

    @rule(name=st.sampled_from(NAMES), want=st.integers(0, 6))
    def claim(self, name: str, want: int) -> None:
        given = self.write(leases.claim, self.node[name], want, lambda: uuid4().hex, self.now)
        fresh: list[Lease] = [lease for one in given for lease in one.leases]
        assert len(fresh) <= want
        assert not {lease.token for lease in fresh} & set(self.tokens), "a token is never given twice"
        self.tokens += [lease.token for lease in fresh]

    @precondition(lambda self: self.tokens)
    @rule(
        name=st.sampled_from(NAMES),
        told=st.lists(st.tuples(st.integers(0, 99), kinds), min_size=1, max_size=6),
    )
    def report(self, name: str, told: list[tuple[int, str]]) -> None:
        """Any node reports anything on any token, live or long dead."""
        batch = [self.make(self.tokens[-1 - which % len(self.tokens)], kind) for which, kind in told]
        self.sent[name].append((self.seq[name], batch))
        self.take(name, self.seq[name], batch)
        self.seq[name] += len(batch)

    @precondition(lambda self: any(self.sent.values()))
    @rule(name=st.sampled_from(NAMES), which=st.integers(0, 99))
    def send_again(self, name: str, which: int) -> None:
        """An answer was lost: the runner repeats a batch, and nothing at all changes."""
        if self.sent[name]:
            before = self.everything()
            self.take(name, *self.sent[name][which % len(self.sent[name])])
            assert self.everything() == before

    @rule(token=st.sampled_from(["", "x", "1", "1.", "1.x", "-1.x", "٣.x", "9" * 30 + ".x"]))
    def report_nonsense(self, token: str) -> None:
        before = self.everything()
        self.write(journal.record, [Ended(token, self.now), Lost(token), Returned(token)], self.now)
        assert self.everything() == before

    def make(self, token: str, kind: str) -> Report:
        self.now += 1
        match kind:
            case "phase":
                return Phased(token, sorted(BEGUN)[self.now % len(BEGUN)], self.now)
            case "print":
                return Printed(token, 1, 0, b"text\n")
            case "return":
                return Returned(token)
            case "lost":
                return Lost(token)
        failure = {"fail": PROGRAM, "lose": LOSS}.get(kind)
        return Ended(token, self.now, failure=failure, stopped=kind == "stopped", execution_us=7)

    def take(self, name: str, seq: int, batch: list[Report]) -> None:
        last = self.write(nodes.take_reports, self.node[name], seq, batch, self.now)
        assert last >= seq + len(batch) - 1

    @rule(name=st.sampled_from(NAMES))
    def lose_node(self, name: str) -> None:
        self.write(journal.record, [NodeLost(self.node[name])], self.now)
        assert self.write(leases.claim, self.node[name], 5, lambda: "x", self.now) == []
        self.introduce(name)

    @rule(any_which=st.lists(st.integers(1, 40), max_size=3))
    def preempt(self, any_which: list[int]) -> None:
        """What the server decides, and attempts that it would not choose or that are long gone."""
        chosen = self.database.read_now(preemptions.due, UNLIMITED)
        self.write(journal.record, [Preempted((*chosen, *any_which))], self.now)
        assert self.database.read_now(preemptions.due, UNLIMITED) == []

    @rule(name=st.sampled_from(NAMES), share=st.sampled_from([0, 1, 2]))
    def restart_runner(self, name: str, share: int) -> None:
        """The runner comes back holding some of what it held, and something it never held."""
        self.introduce(name)
        held = self.tokens[::share] if share else []
        stops = self.write(nodes.reconcile, self.node[name], [*held, "no.token"], self.now)
        active = self.active(name)
        assert set(active) <= set(held)
        assert {stop.token for stop in stops} == {*held, "no.token"} - set(active)

    def active(self, name: str) -> list[str]:
        held = (attempts.c.node_id == self.node[name]) & attempts.c.ended_at.is_(None)
        query = select(attempts.c.token).where(held).order_by(attempts.c.id)
        return list(self.database.read_now(lambda conn: conn.execute(query).scalars().all()))

    @precondition(lambda self: self.task_ids())
    @rule(which=st.integers(0, 9))
    def abort(self, which: int) -> None:
        ids = self.task_ids()
        with suppress(Forbidden):  # it may have ended already
            self.write(journal.record, [AbortAsked(ids[which % len(ids)])], self.now)

    @precondition(lambda self: self.task_ids())
    @rule(which=st.integers(0, 9))
    def delete(self, which: int) -> None:
        ids = self.task_ids()
        self.write(journal.record, [DeleteAsked(ids[which % len(ids)])], self.now)

    @rule()
    def forget(self) -> None:
        gone = select(tasks.c.id).where(
            tasks.c.delete_asked, tasks.c.dispatched + tasks.c.executing + tasks.c.uploading == 0
        )
        while self.write(purge.purge):
            pass
        assert not self.database.read_now(lambda conn: conn.execute(gone).all())

    @rule(abort=st.booleans(), names=st.permutations(NAMES), token=st.integers(0, 99))
    def everything_in_one_batch(self, abort: bool, names: list[str], token: int) -> None:
        """Events that concern one another, recorded together, are taken in their order."""
        told = self.tokens[-1 - token % len(self.tokens)] if self.tokens else "x"
        asked = [AbortAsked(i) if abort else DeleteAsked(i) for i in self.unfinished()[:1]]
        batch = [Lost(told), *asked, Ended(told, self.now), NodeLost(self.node[names[0]]), *asked, Lost(told)]
        self.write(journal.record, batch, self.now)
        self.introduce(names[0])

    def unfinished(self) -> list[int]:
        open_ = tasks.c.ended_at.is_(None) & tasks.c.delete_asked.is_(False)
        query = select(tasks.c.id).where(open_).order_by(tasks.c.id)
        return list(self.database.read_now(lambda conn: conn.execute(query).scalars().all()))

    @rule(task_id=st.integers(10_000, 10_001))
    def ask_of_nothing(self, task_id: int) -> None:
        with pytest.raises(NotFound):
            self.write(journal.record, [AbortAsked(task_id)], self.now)

    @rule()
    def restart_server(self) -> None:
        before = self.everything()
        self.database.close()
        self.database = Database(self.url)
        assert self.everything() == before

    def everything(self) -> list[Any]:
        tables = (tasks, attempts, lines, outputs)
        return self.database.read_now(
            lambda conn: [conn.execute(select(t).order_by(*t.primary_key)).all() for t in tables]
        )

    @invariant()
    def the_audit_holds(self) -> None:
        if hasattr(self, "database"):
            self.database.read_now(audit)

    @invariant()
    def no_token_ends_twice(self) -> None:
        query = select(attempts.c.token, attempts.c.phase).where(attempts.c.ended_at.is_not(None))
        for token, phase in self.database.read_now(lambda conn: conn.execute(query).all()):
            assert self.ended.setdefault(token, phase) == phase


def tell(kind: type[Story], url: Iterator[str], examples: int, steps: int) -> None:
    """Many stories of one kind, each in a fresh database; STOKE_TEST_STORIES tells so many times as many.

    A story that fails is made shorter only then: that takes minutes.
    """

    class Told(kind):  # type: ignore[misc, valid-type] # a base that is chosen at run time
        def __init__(self) -> None:
            self.url = next(url)
            super().__init__()

    checks = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
    times = int(os.environ.get("STOKE_TEST_STORIES", "1"))
    phases = [phase for phase in Phase if times > 1 or phase not in {Phase.shrink, Phase.explain}]
    chosen = settings(
        max_examples=examples * times, stateful_step_count=steps, deadline=None, suppress_health_check=checks,
        phases=phases,
    )  # fmt: skip
    run_state_machine_as_test(Told, settings=chosen)


@contextmanager
def sqlite_copies(url: str) -> Iterator[Iterator[str]]:
    """Copies of an empty database; `synchronous` stays as it is in production."""
    template = Path(url.removeprefix("sqlite:///")).read_bytes()

    def fresh(folder: str) -> Iterator[str]:
        for number in count():
            path = Path(folder) / f"{number}.db"
            path.write_bytes(template)
            yield f"sqlite:///{path}"

    with tempfile.TemporaryDirectory() as folder:
        yield fresh(folder)


@contextmanager
def postgresql_copies(server: postgresql.Server) -> Iterator[Iterator[str]]:
    made: list[str] = []

    def fresh() -> Iterator[str]:
        while True:
            made.append(server.fresh())
            yield made[-1]

    yield fresh()
    for url in made:
        server.drop(url)


def test_any_story_keeps_the_invariants_on_sqlite(sqlite_url: str) -> None:
    with sqlite_copies(sqlite_url) as urls:
        tell(Story, urls, examples=15, steps=30)


def test_any_story_keeps_the_invariants_on_postgresql(postgresql_server: postgresql.Server) -> None:
    with postgresql_copies(postgresql_server) as urls:
        tell(Story, urls, examples=2, steps=20)
