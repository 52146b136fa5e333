"""What must be true of every task at every moment, recomputed from the rows of its attempts and its journal."""

from collections import Counter, defaultdict
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, select

from stokehold.domain.dependencies import Standing, standing, verdict
from stokehold.domain.errors import Kind, kind_of
from stokehold.domain.protocol import Ended
from stokehold.domain.ranges import Ranges
from stokehold.domain.react import MOST_LOSSES
from stokehold.domain.states import COUNTER, ENDS, FINAL, Counts, Phase, TaskState, fold
from stokehold.domain.task import Spec
from stokehold.store.job_schema import dependencies, jobs
from stokehold.store.schema import actions, attempts, journal, tasks

ENDED_RANGES = {"succeeded": Phase.SUCCEEDED, "failed": Phase.FAILED, "cancelled": Phase.CANCELLED}


def audit(conn: Connection) -> None:
    """Fail unless every task in the database keeps every invariant."""
    for task in conn.execute(select(tasks)):
        _Audit(conn, task).run()
    _audit_jobs(conn)
    _audit_dependencies(conn)


def _audit_jobs(conn: Connection) -> None:
    """A job counts the tasks that have not ended, and is completed once it is terminating and there is none."""
    going = Counter[int]()
    for task in conn.execute(select(tasks).where(tasks.c.job_id.is_not(None))):
        going[task.job_id] += bool(task.ready + task.dispatched + task.executing + task.uploading)
    for job in conn.execute(select(jobs)):
        assert job.unfinished == going[job.id]
        assert job.state != "Completed" or not job.unfinished
        assert job.state != "Terminating" or job.unfinished


def _audit_dependencies(conn: Connection) -> None:
    """A dependency knows the end of its upstream as soon as there is one, and an unmet one ends its task."""
    rows = {row.id: row for row in conn.execute(select(tasks))}
    waits = Counter[int]()
    for edge in conn.execute(select(dependencies)):
        upstream, task = rows.get(edge.upstream_id), rows[edge.task_id]
        if upstream is not None and upstream.uuid == edge.upstream_uuid:
            counts = Counts(**{name: getattr(upstream, name) for name in Counts.__struct_fields__})
            assert edge.ended_as == verdict(counts)
        waits[edge.task_id] += edge.ended_as is None
        if standing(tuple(filter(None, edge.ends.split(","))), edge.ended_as) is Standing.UNMET:
            assert task.ready == 0
    assert all(task.waits_for == waits[task.id] for task in rows.values())
    assert not [task for task in rows.values() if task.waits_for and task.started_range]


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
                losses += not (_by_program(row) or _made_room(row))
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
        assert self.task.active == self.counts.active
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
            query.where(
                attempts.c.task_id == self.task.id, attempts.c.ended_at.is_(None), actions.c.kind == "stop"
            )
        )
        assert set(told.scalars()) == {
            row.id for row in self.active.values() if row.stopping or row.preempted
        }

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


def _made_room(row: Row[Any]) -> bool:
    """Whether an attempt was ended for a more urgent task: nobody's failure."""
    ended = msgspec.json.decode(row.report, type=Ended) if row.report else None
    return row.preempted and (ended is None or ended.stopped or _lost(ended))


def _lost(ended: Ended) -> bool:
    return ended.failure is not None and kind_of(ended.failure) is Kind.INFRASTRUCTURE


def _by_program(row: Row[Any]) -> bool:
    ended = msgspec.json.decode(row.report, type=Ended) if row.report else None
    if ended is None or ended.failure is None or _made_room(row):
        return False
    return kind_of(ended.failure) is Kind.PROGRAM
