"""What must be true of every task at every moment, recomputed from the rows of its attempts and its journal."""

from collections import Counter, defaultdict
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, select

from stokehold.domain.errors import Kind, kind_of
from stokehold.domain.protocol import Ended
from stokehold.domain.ranges import Ranges
from stokehold.domain.react import MOST_LOSSES
from stokehold.domain.states import COUNTER, ENDS, FINAL, Counts, Phase, TaskState, fold
from stokehold.domain.task import Spec
from stokehold.store.schema import actions, attempts, journal, tasks

ENDED_RANGES = {"succeeded": Phase.SUCCEEDED, "failed": Phase.FAILED, "cancelled": Phase.CANCELLED}


def audit(conn: Connection) -> None:
    """Fail unless every task in the database keeps every invariant."""
    for task in conn.execute(select(tasks)):
        _Audit(conn, task).run()


class _Audit:
    def __init__(self, conn: Connection, task: Row[Any]) -> None:
        self.conn, self.task = conn, task
        self.spec = msgspec.json.decode(task.spec, type=Spec)
        self.tries: dict[int, list[Row[Any]]] = defaultdict(list)
        query = select(attempts).where(attempts.c.task_id == task.id).order_by(attempts.c.number)
        for row in conn.execute(query):
            self.tries[row.instance_id].append(row)
        self.active = {n: rows[-1] for n, rows in self.tries.items() if rows[-1].ended_at is None}

    def range(self, name: str) -> set[int]:
        text = getattr(self.task, f"{name}_range")
        assert str(Ranges.parse(text)) == text, "ranges are kept in their one form"
        return set(Ranges.stored(text))

    def run(self) -> None:
        self.partition()
        self.history()
        self.counters()
        self.state()
        self.stops()
        self.journal()

    def partition(self) -> None:
        """Each instance waits, is held, or has ended: one of them."""
        places = [self.range("ready"), set(self.active), *(self.range(name) for name in ENDED_RANGES)]
        assert sum(map(len, places)) == self.task.total
        assert set().union(*places) == set(self.spec.ids())
        tried = {n for n, rows in self.tries.items() if rows}
        assert self.range("requeued") == self.range("ready") & tried

    def history(self) -> None:
        """Attempts are numbered without gaps, only the last is active, and each knows what came before."""
        for rows in self.tries.values():
            failures = losses = 0
            for number, row in enumerate(rows, 1):
                assert (row.number, row.failures, row.losses) == (number, failures, losses)
                assert row.ended_at is not None or row is rows[-1]
                assert (row.ended_at is not None) == (Phase(row.phase) in ENDS)
                failures += _by_program(row)
                losses += not _by_program(row)
            assert rows[-1].losses < MOST_LOSSES

    def counters(self) -> None:
        phases = [Phase(row.phase) for row in self.active.values()] + [Phase.READY] * len(self.range("ready"))
        for name, phase in ENDED_RANGES.items():
            phases += [phase] * len(self.range(name))
            for n in self.range(name):
                last = self.tries[n][-1].phase if n in self.tries else None
                swept = name == "cancelled" or (name == "failed" and self.task.failure)
                assert last == phase or (swept and last in {None, Phase.FAILED})
        expected = Counter(COUNTER[phase] for phase in phases)
        assert self.counts == Counts(**expected)
        sums = [
            msgspec.json.decode(r.report, type=Ended)
            for rows in self.tries.values()
            for r in rows
            if r.report
        ]
        assert self.task.execution_us == sum(ended.execution_us for ended in sums)
        retried = sum(
            _by_program(row) for rows in self.tries.values() for row in rows if self.was_retried(row)
        )
        assert self.task.retries_spent == retried
        total, per_instance = self.spec.retries()
        assert retried <= (total if total is not None else 10**9 if per_instance is not None else 0)
        assert per_instance is None or all(rows[-1].failures <= per_instance for rows in self.tries.values())

    @property
    def counts(self) -> Counts:
        return Counts(**{name: getattr(self.task, name) for name in Counts.__struct_fields__})

    def was_retried(self, row: Row[Any]) -> bool:
        """Whether the instance waited again after this attempt."""
        n = row.instance_id
        gave_up = n in self.range("failed") and row is self.tries[n][-1]
        return Phase(row.phase) is Phase.FAILED and not gave_up

    def state(self) -> None:
        task = self.task
        state = fold(self.counts, cancel_asked=task.cancel_asked, delete_asked=task.delete_asked)
        assert TaskState(task.state) is state
        if state is not TaskState.PENDING_DELETE:
            assert (task.ended_at is not None) == (state in FINAL)
        assert not (state in FINAL and self.active)

    def stops(self) -> None:
        """Exactly the active attempts of a cancelled task, or of one that fails as a whole, are told to stop."""
        stopped = bool(self.task.cancel_asked or self.task.failure)
        assert all(row.stopping == stopped for row in self.active.values())
        query = select(actions.c.attempt_id).join(attempts, attempts.c.id == actions.c.attempt_id)
        told = self.conn.execute(
            query.where(attempts.c.task_id == self.task.id, attempts.c.ended_at.is_(None))
        )
        assert set(told.scalars()) == {row.id for row in self.active.values() if row.stopping}

    def journal(self) -> None:
        """An instance is seen to end once at most; nothing is written of it afterwards."""
        over: set[int] = set()
        query = select(journal).where(journal.c.task_id == self.task.id).order_by(journal.c.seq)
        for line in self.conn.execute(query):
            assert line.instance_id not in over
            if line.event in ENDED_RANGES:
                over.add(line.instance_id)
        ended = set().union(*(self.range(name) for name in ENDED_RANGES))
        assert over <= ended
        swept = self.range("cancelled") | (self.range("failed") if self.task.failure else set())
        assert ended - over <= swept, "only what waited ends without a line of its own"


def _by_program(row: Row[Any]) -> bool:
    ended = msgspec.json.decode(row.report, type=Ended) if row.report else None
    return ended is not None and ended.failure is not None and kind_of(ended.failure) is Kind.PROGRAM
