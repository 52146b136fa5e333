"""Filters against an oracle in Python: both must find the same tasks."""

import re
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stokehold.domain.errors import Invalid
from stokehold.domain.events import AbortAsked
from stokehold.domain.filter import Filter, Group, Leaf, Operator, parse
from stokehold.domain.moments import date_text
from stokehold.domain.protocol import Phased
from stokehold.domain.states import Phase
from stokehold.domain.task import (
    Dependencies,
    Discriminator,
    HardwareConstraint,
    KeyValue,
    Privileges,
    Scheduling,
    Spec,
)
from stokehold.store import filters, tasks
from stokehold.store.database import Connection, Database
from stokehold.store.filters import Search
from stokehold.store.schema import LABEL_KEY, NAME_HEAD
from tests.store.kitchen import START, Kitchen


@pytest.fixture
def kitchen(database: Database) -> Kitchen:
    kitchen = Kitchen(database)
    kitchen.task(name="a", instance_count=1, tags=["x"], result_bucket="out", labels={"crew": "a", "n": "1"})
    kitchen.task(
        name="ab", instance_count=20, tags=["x", "y"], max_time_queue_seconds=30, labels={"crew": "ab"}
    )
    kitchen.task(
        name="B 1", advanced_ranges="3-5", instance_count=None, labels={"team": "red"},
        constants=[KeyValue("DOCKER_CMD", "run it"), KeyValue("SEED", "7")],
        privileges=Privileges(export_api_and_storage_credentials_in_environment=True),
        hardware_constraints=[HardwareConstraint(Discriminator.SSD)],
        dependencies=Dependencies(depends_on=["u1", "u2"]), pool_uuid="p1", job_uuid="j1",
        forced_constants=[{"constantName": "F"}], constraints=[KeyValue("k", "v")],
    )  # fmt: skip
    kitchen.task(
        name="c", profile="docker-network", scheduling_type=Scheduling.ON_DEMAND, shortname="sea",
        labels={"crew": "b"},
    )  # fmt: skip
    kitchen.task(account_id=kitchen.other, name="a", tags=["x"], labels={"crew": "a", "team": "red"})
    kitchen.record(AbortAsked(kitchen.task(name="gone").id))
    return kitchen


def found(kitchen: Kitchen, raw: Any) -> list[str]:
    def query(conn: Connection) -> list[str]:
        search = Search(conn, kitchen.account, parse(raw), kitchen.now)
        rows = tasks.page(conn, search.where, 100)
        assert search.counting()(conn) == len(rows)
        return sorted(task.name for task in rows)

    return kitchen.database.read_now(query)


def leaf(field: str, operator: str, value: Any) -> dict[str, Any]:
    return {"field": field, "operator": operator, "value": value}


ALL = ["B 1", "a", "ab", "c", "gone"]
SECOND = START + 1_000_000

CASES: list[tuple[str, str, Any, list[str]]] = [
    ("Name", "Equal", "a", ["a"]),
    ("name", "NotEqual", "a", ["B 1", "ab", "c", "gone"]),
    ("Name", "LessThan", "a", ["B 1"]),
    ("Name", "GreaterThanOrEqual", "ab", ["ab", "c", "gone"]),
    ("Name", "In", ["a", "c", "zzz"], ["a", "c"]),
    ("Name", "In", [], []),
    ("Name", "NotIn", ["a", "c"], ["B 1", "ab", "gone"]),
    ("Name", "Like", "/^a/", ["a", "ab"]),
    ("Name", "Like", r"/^B\ 1/", ["B 1"]),
    ("Name", "Like", "b", ["ab"]),
    ("Name", "Like", "(?i)b", ["B 1", "ab"]),
    ("Name", "Like", r"^\w+$", ["a", "ab", "c", "gone"]),
    ("Name", "Like", "", ALL),
    ("Name", "Like", "/", []),
    ("Name", "Equal", 1, []),
    ("Shortname", "Equal", "sea", ["c"]),
    ("Profile", "Equal", "docker-network", ["c"]),
    ("State", "Equal", "Submitted", ["B 1", "a", "ab", "c"]),
    ("State", "Equal", "submitted", []),
    ("PreviousState", "Equal", None, ["B 1", "a", "ab", "c"]),
    ("PreviousState", "NotEqual", "Submitted", ["B 1", "a", "ab", "c"]),
    ("PreviousState", "In", ["Submitted", None], ALL),
    ("PreviousState", "NotIn", ["Submitted", None], []),
    ("Tags", "Equal", "x", ["a", "ab"]),
    ("Tags", "NotEqual", "x", ["B 1", "c", "gone"]),
    ("Tags", "In", ["y", "z"], ["ab"]),
    ("Tags", "NotIn", ["y", "z"], ["B 1", "a", "c", "gone"]),
    ("Tags", "Like", "^y$", ["ab"]),
    ("InstanceCount", "GreaterThan", 3, ["ab"]),
    ("InstanceCount", "GreaterThan", "3", ["ab"]),
    ("InstanceCount", "LessThan", 1.5, ["B 1", "a", "c", "gone"]),
    ("InstanceCount", "LessThan", 10**40, ALL),
    ("TotalInstanceCount", "Equal", 3, ["B 1"]),
    ("AdvancedRanges", "Equal", "3-5", ["B 1"]),
    ("RunningInstanceCount", "Equal", 0, ALL),
    ("MaxTimeQueueSeconds", "LessThanOrEqual", 30, ["ab"]),
    ("MaxTimeQueueSeconds", "Equal", None, ["B 1", "a", "c", "gone"]),
    ("MaxRetriesPerInstance", "Equal", 0, ALL),
    ("ResultBucket", "Equal", "out", ["a"]),
    ("ResultBucket", "NotEqual", "out", ["B 1", "ab", "c", "gone"]),
    ("SchedulingType", "Equal", "flex", ["B 1", "a", "ab", "gone"]),
    ("SchedulingType", "Like", "^on", ["c"]),
    ("Labels.team", "Equal", "red", ["B 1"]),
    ("labels.team", "Equal", "Red", []),
    ("Labels.Team", "Equal", "red", []),
    ("Labels.n", "Equal", 1, ["a"]),
    ("Labels.crew", "NotEqual", "a", ["B 1", "ab", "c", "gone"]),
    ("Labels.crew", "Equal", None, ["B 1", "gone"]),
    ("Labels.crew", "NotEqual", None, ["a", "ab", "c"]),
    ("Labels.crew", "In", ["a", "b"], ["a", "c"]),
    ("Labels.crew", "In", ["a", None], ["B 1", "a", "gone"]),
    ("Labels.crew", "In", [], []),
    ("Labels.crew", "NotIn", ["a", "b"], ["B 1", "ab", "gone"]),
    ("Labels.crew", "NotIn", ["a", None], ["ab", "c"]),
    ("Labels.crew", "NotIn", [], ALL),
    ("Labels.crew", "GreaterThan", "a", ["ab", "c"]),
    ("Labels.crew", "LessThanOrEqual", "a", ["a"]),
    ("Labels.crew", "LessThan", None, []),
    ("Labels.crew", "Like", "^a", ["a", "ab"]),
    ("Labels.crew", "Like", "", ["a", "ab", "c"]),
    ("Labels.crew", "Like", "b$", ["ab", "c"]),
    ("Labels.crew", "Like", "^$", []),
    ("CreationDate", "Equal", date_text(SECOND), ["ab"]),
    ("CreationDate", "LessThan", "2026-01-05T11:00:32.0000000+01:00", ["a"]),
    ("CreationDate", "LessThan", "2026-01-05T10:00:32", ["a"]),
    ("EndDate", "Equal", None, ["B 1", "a", "ab", "c"]),
    ("EndDate", "GreaterThan", "2020-01-01", ["gone"]),
    ("WallTime", "GreaterThanOrEqual", "00:00:06", ["a"]),
    ("ExecutionTime", "Equal", "00:00:00", ALL),
    ("PoolUuid", "Equal", "00000000-0000-0000-0000-000000000001", []),
    ("PoolUuid", "NotEqual", "x", ALL),
    ("Dependencies.DependsOn", "Equal", "x", []),
    ("Dependencies.DependsOn", "NotEqual", "x", ALL),
    ("SnapshotInterval", "Equal", 0, ALL),
    ("PoolUuid", "Equal", "p1", ["B 1"]),
    ("JobUuid", "In", ["j1", "j2"], ["B 1"]),
    ("Dependencies.DependsOn", "Equal", "u2", ["B 1"]),
    ("HardwareConstraints", "Equal", "SSDHardwareConstraint", ["B 1"]),
    ("ForcedConstants", "Equal", "F", ["B 1"]),
    ("Constraints", "NotEqual", "k", ["a", "ab", "c", "gone"]),
    ("ForcedNetworkRules", "Equal", "x", []),
    ("CompletedInstances", "Equal", 0, []),
    ("RunningCoreCount", "Equal", 0, ALL),
    ("RunningCoreCount", "GreaterThan", 0, []),
    ("Constants", "Equal", "SEED", ["B 1"]),
    ("Constants", "NotIn", ["SEED", "x"], ["a", "ab", "c", "gone"]),
    ("Constants.SEED", "Equal", 7, ["B 1"]),
    ("constants.DOCKER_CMD", "Like", "^run", ["B 1"]),
    ("Constants.SEED", "Equal", None, ["a", "ab", "c", "gone"]),
    ("Privileges.ExportApiAndStorageCredentialsInEnvironment", "Equal", True, ["B 1"]),
    ("Privileges.ExportApiAndStorageCredentialsInEnvironment", "Equal", False, ["a", "ab", "c", "gone"]),
    ("Name", "Like", "^", ALL),
    ("Name", "Like", "on", ["gone"]),
    ("Name", "Like", "[abc]$", ["a", "ab", "c"]),
    ("State", "Like", "^Sub", ["B 1", "a", "ab", "c"]),
    ("State", "Like", "ubm", ["B 1", "a", "ab", "c"]),
]


def test_every_comparison_finds_what_it_should(kitchen: Kitchen) -> None:
    for field, operator, value, names in CASES:
        assert (field, operator, value, found(kitchen, leaf(field, operator, value))) == (
            field, operator, value, names,
        )  # fmt: skip


def test_what_runs_and_what_has_ended_is_found(kitchen: Kitchen) -> None:
    kitchen.end(kitchen.lease(1)[0].token)  # of the one that is on demand
    leases = kitchen.lease(3)  # one of them is the other account's
    kitchen.record(*(Phased(lease.token, Phase.EXECUTION, kitchen.now) for lease in leases))
    assert found(kitchen, leaf("CompletedInstances", "Equal", 0)) == ["c"]
    assert found(kitchen, leaf("RunningCoreCount", "Equal", 4)) == ["a", "ab"]  # 8 cores in 2 slots
    assert found(kitchen, leaf("RunningCoreCount", "Equal", 0)) == ["B 1", "c", "gone"]


LONG = "é" * NAME_HEAD


def test_names_longer_than_indexes_hold_are_told_apart(kitchen: Kitchen) -> None:
    for name in (LONG[:-1], LONG, LONG + "a", LONG + "b"):
        kitchen.task(name=name)
    assert found(kitchen, leaf("Name", "Equal", LONG)) == [LONG]
    assert found(kitchen, leaf("Name", "Equal", LONG[:-1])) == [LONG[:-1]]
    assert found(kitchen, leaf("Name", "Equal", LONG + "b")) == [LONG + "b"]
    assert found(kitchen, leaf("Name", "GreaterThan", LONG + "a")) == [LONG + "b"]
    assert found(kitchen, leaf("Name", "GreaterThan", LONG[:-1])) == [LONG, LONG + "a", LONG + "b"]
    assert found(kitchen, leaf("Name", "NotIn", [*ALL, LONG, LONG + "a"])) == [LONG[:-1], LONG + "b"]
    assert found(kitchen, leaf("Name", "Like", "^" + LONG + "b")) == [LONG + "b"]
    assert found(kitchen, leaf("Name", "Like", "a$")) == ["a", LONG + "a"]
    assert found(kitchen, leaf("Name", "Like", r"\wé{2}b|ab")) == ["ab"]


def test_long_labels_are_told_apart(kitchen: Kitchen) -> None:
    for name in (LONG[:-1], LONG, LONG + "a", LONG + "b"):
        kitchen.task(name=name, labels={"long": name, "k" * LABEL_KEY: name, "k" * LABEL_KEY + "k": name})
    for key in ("long", "k" * LABEL_KEY, "k" * LABEL_KEY + "k"):
        label = f"Labels.{key}"
        assert found(kitchen, leaf(label, "Equal", LONG)) == [LONG]
        assert found(kitchen, leaf(label, "Equal", LONG[:-1])) == [LONG[:-1]]
        assert found(kitchen, leaf(label, "GreaterThan", LONG + "a")) == [LONG + "b"]
        assert found(kitchen, leaf(label, "GreaterThan", LONG[:-1])) == [LONG, LONG + "a", LONG + "b"]
        assert found(kitchen, leaf(label, "NotIn", [LONG, LONG + "a"])) == [*ALL, LONG[:-1], LONG + "b"]
        assert found(kitchen, leaf(label, "Like", "^" + LONG)) == [LONG, LONG + "a", LONG + "b"]
        assert found(kitchen, leaf(label, "Like", "^" + LONG + "b")) == [LONG + "b"]
        assert found(kitchen, leaf(label, "Like", "é.$")) == [LONG[:-1], LONG, LONG + "a", LONG + "b"]
        assert found(kitchen, leaf(label, "Like", "a$")) == [LONG + "a"]


@pytest.mark.parametrize("prefix", ["a", "é", "\ud7ff", "\U0010ffff", "a\U0010ffff", " ~"])
def test_a_prefix_finds_what_begins_with_it(kitchen: Kitchen, prefix: str) -> None:
    names = [prefix, prefix + "\U0010ffff", prefix + "x", "x" + prefix, "\ue000"]
    for name in names:
        kitchen.task(name=name)
    wanted = sorted(name for name in [*names, *ALL] if name.startswith(prefix))
    assert found(kitchen, leaf("Name", "Like", f"/^{re.escape(prefix)}/")) == wanted


def test_what_many_have_is_found_as_what_a_few_have(
    kitchen: Kitchen, monkeypatch: pytest.MonkeyPatch
) -> None:
    kitchen.task(name="two", tags=["x", "y"])
    alone, both = leaf("Tags", "Equal", "x"), leaf("Tags", "In", ["x", "y"])
    wanted = [
        alone,
        both,
        leaf("Tags", "Like", "^x$"),
        leaf("Tags", "NotEqual", "x"),
        {"operator": "And", "filters": [alone, leaf("Name", "Like", "a.?$")]},
        {"operator": "Or", "filters": [leaf("Tags", "Equal", "y"), leaf("Name", "Equal", "c")]},
        leaf("Labels.crew", "Equal", None),
        leaf("Labels.crew", "In", ["a", "b", None]),
        leaf("Labels.crew", "Like", "^"),
        {"operator": "And", "filters": [alone, leaf("Labels.crew", "GreaterThan", "")]},
    ]
    few = [found(kitchen, one) for one in wanted]
    monkeypatch.setattr(filters, "FEW", 1)
    assert [found(kitchen, one) for one in wanted] == few
    assert few[:2] == [["a", "ab", "two"], ["a", "ab", "two"]]


def test_groups_and_their_absence(kitchen: Kitchen) -> None:
    x, c = leaf("Tags", "Equal", "x"), leaf("Name", "Equal", "c")
    assert found(kitchen, None) == ALL
    assert found(kitchen, {"operator": "And", "filters": []}) == ALL
    assert found(kitchen, {"operator": "Or", "filters": [x, c]}) == ["a", "ab", "c"]
    assert found(kitchen, {"operator": "And", "filters": [x, leaf("Name", "Like", "b$")]}) == ["ab"]


BROKEN: list[tuple[str, str, Any]] = [
    ("Colour", "Equal", 1),
    ("Constants", "LessThan", "x"),
    ("Constants", "Like", "x"),
    ("Constants.QARNOT_SECRET__A", "Like", "x"),
    ("Privileges", "Equal", "x"),
    ("Labels", "Equal", "x"),
    ("Labels.a\"b", "Equal", "x"),
    ("RunningCoreCount", "Equal", "x"),
    ("Tags", "LessThan", "x"),
    ("Name", "Like", "("),
    ("InstanceCount", "Like", "1"),
    ("InstanceCount", "Equal", "many"),
    ("InstanceCount", "Equal", "1e999"),
    ("CreationDate", "Equal", "soon"),
    ("WallTime", "Equal", "soon"),
]  # fmt: skip


def test_what_cannot_be_compared_is_named(kitchen: Kitchen) -> None:
    for field, operator, value in BROKEN:
        with pytest.raises(Invalid) as caught:
            found(kitchen, leaf(field, operator, value))
        assert field.partition(".")[0] in caught.value.message, caught.value.message


def oracle(task: tasks.Task, wanted: Filter) -> bool:
    if isinstance(wanted, Group):
        parts = [oracle(task, one) for one in wanted.filters]
        return not parts or (all(parts) if wanted.every else any(parts))
    mine = {"name": task.name, "totalinstancecount": task.total, "previousstate": task.previous_state,
            "labels.crew": msgspec.json.decode(task.spec, type=Spec).labels.get("crew")}  # fmt: skip
    return _holds(mine[wanted.field.lower()], wanted)


def _holds(mine: Any, wanted: Leaf) -> bool:
    one = wanted.values[0] if wanted.values else None
    match wanted.operator:
        case Operator.EQUAL | Operator.IN:
            return mine in wanted.values
        case Operator.NOT_EQUAL | Operator.NOT_IN:
            return mine not in wanted.values
        case Operator.LIKE:
            return mine is not None and re.search(str(one), mine) is not None
    if mine is None or one is None:
        return False
    return {
        Operator.LESS_THAN: mine < one,
        Operator.LESS_THAN_OR_EQUAL: mine <= one,
        Operator.GREATER_THAN: mine > one,
        Operator.GREATER_THAN_OR_EQUAL: mine >= one,
    }[wanted.operator]


PLAIN = [o for o in Operator if o not in {Operator.IN, Operator.NOT_IN, Operator.LIKE}]
TEXTS = st.sampled_from(["a", "ab", "B 1", "b", "", "Submitted"])
COUNTS = st.integers(0, 21)


def comparisons(fields: list[str], values: st.SearchStrategy[Any]) -> st.SearchStrategy[Leaf]:
    field = st.sampled_from(fields)
    one = st.builds(Leaf, field, st.sampled_from(PLAIN), st.tuples(values))
    many = st.builds(
        Leaf, field, st.sampled_from([Operator.IN, Operator.NOT_IN]), st.lists(values).map(tuple)
    )
    return one | many


LEAVES = (
    comparisons(["Name", "PreviousState", "Labels.crew"], TEXTS)
    | comparisons(["TotalInstanceCount"], COUNTS)
    | st.builds(
        Leaf,
        st.sampled_from(["Name", "Labels.crew"]),
        st.just(Operator.LIKE),
        st.tuples(st.sampled_from(["^a", "b", "^[aB]", "c$"])),
    )
)
FILTERS: st.SearchStrategy[Filter] = st.recursive(
    LEAVES,
    lambda inner: st.builds(Group, st.booleans(), st.lists(inner, max_size=4).map(tuple)),
    max_leaves=12,
)


@pytest.mark.parametrize("some", [2, filters.SOME])
def test_any_of_some_is_counted_once(kitchen: Kitchen, monkeypatch: pytest.MonkeyPatch, some: int) -> None:
    monkeypatch.setattr(filters, "SOME", some)
    x, y, crew = (
        leaf("Tags", "Equal", "x"),
        leaf("Tags", "Equal", "y"),
        leaf("Labels.crew", "GreaterThan", "a"),
    )
    over, one = (
        leaf("State", "Equal", "Cancelled"),
        {"operator": "And", "filters": [leaf("Name", "Equal", "c")]},
    )
    assert found(kitchen, {"operator": "Or", "filters": [x, y, over]}) == ["a", "ab", "gone"]
    assert found(kitchen, {"operator": "Or", "filters": [y, crew]}) == ["ab", "c"]
    assert found(kitchen, {"operator": "Or", "filters": [y, one]}) == ["ab", "c"]
    assert found(kitchen, {"operator": "Or", "filters": [over, leaf("State", "Equal", None)]}) == ["gone"]


@pytest.mark.parametrize("few", [1, filters.FEW])
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(wanted=FILTERS)
def test_any_tree_of_comparisons_agrees_with_python(
    kitchen: Kitchen, monkeypatch: pytest.MonkeyPatch, few: int, wanted: Filter
) -> None:
    monkeypatch.setattr(filters, "FEW", few)

    def query(conn: Connection) -> tuple[list[tasks.Task], list[tasks.Task]]:
        mine = tasks.owned(kitchen.account)
        search = Search(conn, kitchen.account, wanted, kitchen.now)
        chosen = tasks.page(conn, search.where, 100)
        assert search.counting()(conn) == len(chosen)
        return tasks.page(conn, mine, 100), chosen

    everything, chosen = kitchen.database.read_now(query)
    assert [t.uuid for t in chosen] == [t.uuid for t in everything if oracle(t, wanted)]
