"""The life of one task without a database: every schedule of leases, reports, losses and aborts."""

from hypothesis import given, settings
from hypothesis import strategies as st

from stokehold.domain.errors import Failure, Faults
from stokehold.domain.events import AttemptEvent
from stokehold.domain.protocol import Ended, Lost, Phased, Returned
from stokehold.domain.ranges import Ranges
from stokehold.domain.react import MOST_LOSSES, Attempt, Retries, react
from stokehold.domain.states import BEGUN, COUNTER, ENDS, FINAL, Counts, Phase, fold
from stokehold.domain.tally import Tally

SIZE = 4
PROGRAM = Failure.of(Faults.EXIT_CODE, code=1)
LOSS = Failure.of(Faults.UPLOAD_FAILED, reason="r")


class Life:
    """A task of SIZE instances, with a memory of every attempt."""

    def __init__(self, per_instance: int | None, total: int | None) -> None:
        self.limits = Retries(per_instance, total)
        self.tally = Tally.of(Counts(ready=SIZE), cancel_asked=False, delete_asked=False)
        self.waiting = set(range(SIZE))
        self.attempts: list[Attempt] = []
        self.ends: dict[int, Phase] = {}
        self.spent = dict.fromkeys(range(SIZE), 0)
        self.lost = dict.fromkeys(range(SIZE), 0)

    def lease(self, count: int) -> None:
        ids = sorted(self.waiting)[:count]
        self.waiting -= set(ids)
        self.tally.granted(ids)
        for instance_id in ids:
            self.attempts.append(
                Attempt(
                    id=len(self.attempts), task_id=1, instance_id=instance_id, token="", node_id=1,
                    number=sum(a.instance_id == instance_id for a in self.attempts) + 1,
                    failures=self.spent[instance_id], losses=self.lost[instance_id],
                    phase=Phase.LEASED, stopping=False,
                )
            )  # fmt: skip

    def report(self, attempt: Attempt, event: AttemptEvent) -> None:
        limits = Retries(self.limits.per_instance, self.limits.total, sum(self.spent.values()))
        move = react(attempt, event, limits)
        if move is None:
            return
        self.tally.moved(attempt, move)
        if move.to is Phase.READY:
            self.waiting.add(attempt.instance_id)
            self.spent[attempt.instance_id] += move.spends_retry
            self.lost[attempt.instance_id] += not move.spends_retry and not move.erased
        if move.to in ENDS:
            assert attempt.instance_id not in self.ends, "an instance ends once"
            self.ends[attempt.instance_id] = move.to
        attempt.phase = Phase.FAILED if move.to is Phase.READY else move.to

    def abort(self) -> None:
        if self.tally.state in FINAL:
            return
        self.tally.cancel_asked = True
        self.tally.cancelled(Ranges.of(self.waiting))
        self.ends.update(dict.fromkeys(self.waiting, Phase.CANCELLED))
        self.waiting.clear()
        for attempt in self.attempts:
            attempt.stopping = attempt.stopping or attempt.phase not in ENDS

    def check(self) -> None:
        phases = [Phase.READY] * len(self.waiting) + list(self.ends.values())
        phases += [a.phase for a in self.attempts if a.phase not in ENDS]
        expected = Counts(
            **{name: sum(COUNTER[p] == name for p in phases) for name in Counts.__struct_fields__}
        )
        assert sum(self.tally.counts.values()) == SIZE
        assert {n: self.tally.counts[n] for n in Counts.__struct_fields__} == {
            n: getattr(expected, n) for n in Counts.__struct_fields__
        }
        assert self.tally.state is fold(expected, cancel_asked=self.tally.cancel_asked)
        self.check_limits()

    def check_limits(self) -> None:
        per_instance, total = self.limits.per_instance, self.limits.total
        if per_instance is not None:
            assert max(self.spent.values()) <= per_instance
        elif total is None:
            assert not any(self.spent.values())
        assert total is None or sum(self.spent.values()) <= total
        assert all(count < MOST_LOSSES for count in self.lost.values())


reports = st.one_of(
    st.sampled_from(sorted(BEGUN)).map(lambda phase: Phased("", phase, 1)),
    st.sampled_from([None, PROGRAM, PROGRAM, LOSS]).map(lambda failure: Ended("", 1, failure=failure)),
    st.just(Ended("", 1, stopped=True)),
    st.just(Lost("")),
    st.just(Returned("")),
)
steps = st.one_of(
    st.tuples(st.just("lease"), st.integers(1, SIZE)),
    st.tuples(st.just("report"), st.integers(0, 999), reports),
    st.tuples(st.just("report"), st.integers(0, 999), reports),
    st.tuples(st.just("report"), st.integers(0, 999), reports),
    st.just(("abort",)),
)
limit = st.none() | st.integers(1, 3)


def play(life: Life, schedule: list[tuple[object, ...]]) -> None:
    for step in schedule:
        match step:
            case ("lease", int(count)):
                life.lease(count)
            case ("report", int(which), Phased() | Ended() | Lost() | Returned() as event):
                if life.attempts:  # any attempt, long ended ones too
                    life.report(life.attempts[which % len(life.attempts)], event)
            case ("abort",):
                life.abort()
        life.check()


@settings(max_examples=300, deadline=None)
@given(st.lists(steps, max_size=60), limit, limit)
def test_counters_and_state_follow_whatever_happens(
    schedule: list[tuple[object, ...]], per_instance: int | None, total: int | None
) -> None:
    play(Life(per_instance, total), schedule)


@settings(max_examples=200, deadline=None)
@given(st.lists(steps, max_size=30), limit, limit, st.sampled_from([None, PROGRAM, LOSS]))
def test_every_task_ends_once_its_runners_report(
    schedule: list[tuple[object, ...]], per_instance: int | None, total: int | None, failure: Failure | None
) -> None:
    """Whatever went before, with runners that carry out what they lease, even to failure, no instance hangs."""
    life = Life(per_instance, total)
    play(life, schedule)
    for _ in range(SIZE * (MOST_LOSSES + 4)):
        life.lease(SIZE)
        for attempt in list(life.attempts):
            life.report(attempt, Ended("", 1, failure=failure))
        life.check()
    assert life.tally.state in FINAL
    assert set(life.ends) == set(range(SIZE))
