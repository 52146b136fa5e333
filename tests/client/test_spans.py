from hypothesis import given
from hypothesis import strategies as st

from stokehold.client.spans import Spans


def test_ranges_are_read_as_the_server_writes_them() -> None:
    spans = Spans("0-2, 4,17")
    assert list(spans) == [0, 1, 2, 4, 17]
    assert (len(spans), 3 in spans, 17 in spans, str(spans)) == (5, False, True, "0-2,4,17")
    assert not Spans("")


@given(st.sets(st.integers(0, 60)), st.integers(0, 60), st.integers(0, 60))
def test_spans_are_sets(ids: set[int], first: int, last: int) -> None:
    spans = Spans(",".join(map(str, sorted(ids))))
    assert set(spans) == ids
    assert spans.within(first, last) == len([n for n in ids if first <= n <= last])
    assert [n in spans for n in range(61)] == [n in ids for n in range(61)]
