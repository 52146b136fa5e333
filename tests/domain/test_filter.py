import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stokehold.domain.errors import Invalid
from stokehold.domain.filter import EVERYTHING, Group, Leaf, Operator, parse

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.sampled_from(["operator", "filters", "field", "value"]), inner)
    ),
)


@pytest.mark.parametrize("raw", [None, {}, {"operator": None}, {"Filters": None}])
def test_an_absent_or_empty_filter_holds_for_everything(raw: Any) -> None:
    assert parse(raw) == EVERYTHING


def test_names_and_operators_match_in_any_case() -> None:
    assert parse({"Operator": "equal", "FIELD": "Name", "Value": "n"}) == Leaf("Name", Operator.EQUAL, ("n",))


@pytest.mark.parametrize("key", ["value", "values"])
def test_a_list_of_values_may_be_under_either_name(key: str) -> None:
    raw = {"operator": "In", "field": "State", key: ["Success", "Failure"]}
    assert parse(raw) == Leaf("State", Operator.IN, ("Success", "Failure"))


def test_groups_nest() -> None:
    leaf = {"operator": "Like", "field": "Name", "value": "/^a/"}
    read = parse({"operator": "And", "filters": [{"operator": "Or", "filters": [leaf]}]})
    inner = Leaf("Name", Operator.LIKE, ("/^a/",), "filter.filters[0].filters[0]")
    assert read == Group(every=True, filters=(Group(every=False, filters=(inner,)),))


BROKEN: list[tuple[str, Any]] = [
    ("filter", []),
    ("filter", "Name"),
    ("filter.operator", {"field": "Name"}),
    ("filter.operator", {"operator": "Xor", "filters": []}),
    ("filter.operator", {"operator": 1}),
    ("filter.filters", {"operator": "And", "filters": {}}),
    ("filter.field", {"operator": "Equal", "field": None, "value": 1}),
    ("filter.value", {"operator": "Equal", "field": "Name", "value": {}}),
    ("filter.value", {"operator": "Equal", "field": "Name", "value": "a\0"}),
    ("filter.values", {"operator": "In", "field": "Name", "values": "a"}),
    ("filter.values[1]", {"operator": "NotIn", "field": "Name", "values": ["a", []]}),
    ("filter.filters[1].operator", {"operator": "Or", "filters": [{}, {"operator": "?"}]}),
]


@pytest.mark.parametrize(("field", "raw"), BROKEN)
def test_what_is_wrong_in_a_filter_is_named_by_its_place(field: str, raw: Any) -> None:
    with pytest.raises(Invalid) as caught:
        parse(raw)
    assert caught.value.field == field


def test_a_filter_may_not_be_too_deep() -> None:
    raw: Any = {"operator": "Equal", "field": "Name", "value": 1}
    for _ in range(50):
        raw = {"operator": "And", "filters": [raw]}
    with pytest.raises(Invalid, match="levels deep"):
        parse(raw)


def test_a_filter_may_not_hold_too_many_comparisons() -> None:
    leaf = {"operator": "Equal", "field": "Name", "value": 1}
    with pytest.raises(Invalid, match="at most 500"):
        parse({"operator": "Or", "filters": [leaf] * 501})


@given(JSON)
def test_no_json_does_more_than_be_refused(raw: Any) -> None:
    with contextlib.suppress(Invalid):
        parse(raw)
