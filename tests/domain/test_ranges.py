import pytest
from hypothesis import given
from hypothesis import strategies as st

from stokehold.domain.errors import Invalid
from stokehold.domain.ranges import LARGEST_ID, Ranges

members = st.sets(st.integers(0, 60))


@given(members, members)
def test_unions_differences_and_intersections_are_those_of_sets(a: set[int], b: set[int]) -> None:
    assert set(Ranges.of(a) | Ranges.of(b)) == a | b
    assert set(Ranges.of(a) - Ranges.of(b)) == a - b
    assert set(Ranges.of(a) & Ranges.of(b)) == a & b


@given(members)
def test_ids_come_out_sorted_and_counted(ids: set[int]) -> None:
    ranges = Ranges.of(ids)
    assert list(ranges) == sorted(ids)
    assert len(ranges) == len(ids)
    assert bool(ranges) == bool(ids)


@given(members, st.integers(0, 60))
def test_an_id_is_in_a_set_when_it_was_put_there(ids: set[int], one: int) -> None:
    assert (one in Ranges.of(ids)) == (one in ids)


@given(members, members)
def test_results_stay_sorted_disjoint_and_never_adjacent(a: set[int], b: set[int]) -> None:
    for result in (Ranges.of(a) | Ranges.of(b), Ranges.of(a) - Ranges.of(b), Ranges.of(a) & Ranges.of(b)):
        assert all(low <= high for low, high in result.spans)
        assert all(one[1] + 1 < two[0] for one, two in zip(result.spans, result.spans[1:], strict=False))


@given(members, members)
def test_equal_sets_have_one_form(a: set[int], b: set[int]) -> None:
    assert (Ranges.of(a) == Ranges.of(b)) == (a == b)
    assert (str(Ranges.of(a)) == str(Ranges.of(b))) == (a == b)
    assert hash(Ranges.of(a)) == hash(Ranges.of(sorted(a)))


@given(members, st.integers(0, 70))
def test_take_gives_the_smallest_and_leaves_the_rest(ids: set[int], count: int) -> None:
    taken, rest = Ranges.of(ids).take(count)
    assert taken == sorted(ids)[:count]
    assert list(rest) == sorted(ids)[count:]


@given(members)
def test_text_reads_back(ids: set[int]) -> None:
    ranges = Ranges.of(ids)
    assert Ranges.parse(str(ranges)) == ranges
    assert Ranges.stored(str(ranges)) == ranges


def test_the_text_form_is_the_vendors() -> None:
    assert str(Ranges.of([0, 1, 2, 4, 5, 17])) == "0-2,4-5,17"


@pytest.mark.parametrize("text", ["0-2,1-4", " 0 - 2 , 3,4 ", "4,3,2,1,0", "0-4", "00-04", "0,0,1-4"])
def test_users_may_write_blanks_overlaps_and_any_order(text: str) -> None:
    assert str(Ranges.parse(text)) == "0-4"


@pytest.mark.parametrize("text", ["", "  "])
def test_no_text_is_no_ids(text: str) -> None:
    assert not Ranges.parse(text)


@pytest.mark.parametrize(
    "text", ["a", "1-", "-1", "1,,2", "1-2-3", "5-4", "1.5", "1;2", "٣", "+1", "2147483648", "9" * 5000, ","]
)
def test_what_is_not_a_range_is_refused_by_name(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        Ranges.parse(text, "theField")
    assert refused.value.field == "theField"


def test_the_largest_id_is_allowed() -> None:
    assert len(Ranges.parse(f"0-{LARGEST_ID}")) == LARGEST_ID + 1


def test_a_million_neighbours_are_one_span() -> None:
    assert Ranges.first(1_000_000).spans == ((0, 999_999),)
    assert Ranges.first(0).spans == ()
    assert repr(Ranges.first(3)) == "Ranges(0-2)"
