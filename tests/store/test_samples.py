from itertools import pairwise
from typing import Any

import msgspec
import pytest
from sqlalchemy import func, select

from stokehold.domain.events import DeleteAsked
from stokehold.domain.protocol import Measured, Phased, Sample
from stokehold.domain.states import Phase
from stokehold.store import purge, samples, tasks
from stokehold.store.database import Database
from stokehold.store.sample_schema import points
from stokehold.store.sample_schema import samples as table
from tests.store.kitchen import Kitchen
from tests.store.statements import statements

SECOND = 1_000_000


@pytest.fixture
def kitchen(database: Database) -> Kitchen:
    return Kitchen(database)


def running(kitchen: Kitchen, count: int = 1) -> tuple[tasks.Task, list[str]]:
    task = kitchen.task(instance_count=count)
    tokens = [lease.token for lease in kitchen.lease(count)]
    kitchen.record(*(Phased(token, Phase.EXECUTION, kitchen.now) for token in tokens))
    return kitchen.again(task.uuid), tokens


def measure(kitchen: Kitchen, *given: Sample, after_s: float = 3) -> None:
    kitchen.now += int(after_s * SECOND)
    kitchen.database.write_now(samples.append, Measured(kitchen.now, list(given)))


def curves(kitchen: Kitchen, task: tasks.Task, instance: int | None = None, since: int = 0) -> Any:
    return kitchen.database.read_now(samples.curves, task.id, instance, since)


def count(kitchen: Kitchen, of: Any) -> int:
    return kitchen.database.read_now(
        lambda conn: conn.execute(select(func.count()).select_from(of)).scalar_one()
    )


def test_the_latest_sample_is_read_with_its_attempt(kitchen: Kitchen) -> None:
    task, (one, two) = running(kitchen, 2)
    measure(kitchen, Sample(one, 1.5, 100, 120, 8, 9, 2.5, 40, 7, 8), Sample(two, 0.5))
    measure(kitchen, Sample(one, 0.25, 90, 120, 1, 2, 2.6, 55, 7, 8))
    first, second = kitchen.database.read_now(tasks.active, task, 10)
    assert first.sample == Sample("", 0.25, 90, 120, 1, 2, 2.6, 55, 7, 8)
    assert second.sample == Sample("", 0.5)


def test_samples_of_what_is_over_or_unknown_count_for_nothing(kitchen: Kitchen) -> None:
    task, (token,) = running(kitchen)
    kitchen.end(token)
    measure(kitchen, Sample(token, 1), Sample("77.x", 1), Sample("x", 1))
    assert (count(kitchen, points), count(kitchen, table)) == (0, 0)
    assert curves(kitchen, task) == []


def test_curves_are_of_each_attempt_and_of_a_time(kitchen: Kitchen) -> None:
    task, (one, two) = running(kitchen, 2)
    for step in range(4):
        measure(kitchen, Sample(one, step), Sample(two, 10 + step))
    found = curves(kitchen, task)
    assert [(c.instance_id, c.attempt, [p[1] for p in c.points]) for c in found] == [
        (0, 1, [0, 1, 2, 3]),
        (1, 1, [10, 11, 12, 13]),
    ]
    [only] = curves(kitchen, task, 1, kitchen.now - 4 * SECOND)
    assert [p[1] for p in only.points] == [12, 13]


def test_a_sum_adds_up_what_ran_at_the_same_time(kitchen: Kitchen) -> None:
    task, (one, two) = running(kitchen, 2)
    for _ in range(3):
        measure(
            kitchen, Sample(one, 1, 100, 0, 5, 6, 2.0, 10), Sample(two, 2, 50, 0, 5, 6, 4.0, 30), after_s=10
        )
    rows = kitchen.database.read_now(samples.total, task.id, 0)
    assert [row[1:] for row in rows] == [(3, 150, 10, 12, 3.0, 20, 2)] * 3
    assert rows[1][0] - rows[0][0] == 10 * SECOND
    assert kitchen.database.read_now(samples.total, task.id, kitchen.now) == []


def test_a_long_curve_is_thinned_evenly(kitchen: Kitchen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(samples, "KEPT", 8)
    task, (token,) = running(kitchen)
    for step in range(300):
        measure(kitchen, Sample(token, step))
    [curve] = curves(kitchen, task)
    values = [int(p[1]) for p in curve.points]
    assert 8 // 2 <= len(values) <= 8 + 32 + 1
    gaps = {b - a for a, b in pairwise(values)}
    assert len(gaps) == 1
    assert values[0] == 0
    assert values[-1] > 250


def test_of_all_together_a_bounded_number_is_kept(kitchen: Kitchen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(samples, "MOST_POINTS", 20)
    monkeypatch.setattr(samples, "_PRUNED", 5)
    _, (token,) = running(kitchen)
    for step in range(60):
        measure(kitchen, Sample(token, step))
    assert count(kitchen, points) <= 26


def test_they_go_with_their_task(kitchen: Kitchen) -> None:
    task, (token,) = running(kitchen)
    measure(kitchen, Sample(token, 1))
    kitchen.record(DeleteAsked(task.id))
    kitchen.end(token, stopped=True)
    while kitchen.database.write_now(purge.purge):
        pass
    assert (count(kitchen, points), count(kitchen, table)) == (0, 0)


def test_a_round_costs_as_many_statements_for_many_as_for_one(kitchen: Kitchen) -> None:
    _, tokens = running(kitchen, 40)
    measure(kitchen, *map(Sample, tokens))
    with statements(kitchen.database) as one:
        measure(kitchen, Sample(tokens[0]))
    with statements(kitchen.database) as many:
        measure(kitchen, *map(Sample, tokens))
    assert len(many) == len(one)


def test_a_sample_is_kept_without_its_token(kitchen: Kitchen) -> None:
    _, (token,) = running(kitchen)
    measure(kitchen, Sample(token, 1))
    stored = kitchen.database.read_now(lambda conn: conn.execute(select(table.c.latest)).scalar_one())
    assert token not in stored
    assert msgspec.json.decode(stored)[0] == 1
