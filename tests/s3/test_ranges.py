"""Which bytes a Range header asks for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stokehold.s3.errors import S3Error
from stokehold.s3.ranges import Range, parse, parse_copy


@given(st.integers(0, 50), st.integers(0, 60), st.integers(0, 60))
def test_a_range_is_what_a_slice_is(size: int, first: int, last: int) -> None:
    data = bytes(range(size))
    expected = data[first : last + 1]
    try:
        found = parse(f"bytes={first}-{last}", size)
    except S3Error:
        assert expected == b""
    else:
        assert found is None if last < first else data[found.start : found.start + found.length] == expected  # type: ignore[union-attr]


def test_every_range_of_an_empty_object_lies_outside_of_it() -> None:
    for header in ("bytes=0-", "bytes=-5", "bytes=0-0"):
        with pytest.raises(S3Error, match="InvalidRange"):
            parse(header, 0)


@pytest.mark.parametrize(
    "header", ["", "bytes=-", "bytes=1-2,4-5", "bytes 1-2", "bytes=x-", "bytes=" + "9" * 19 + "-"]
)
def test_what_cannot_be_read_is_ignored(header: str) -> None:
    assert parse(header, 10) is None


def test_the_content_range_names_the_last_byte() -> None:
    assert Range(2, 3, 10).content_range == "bytes 2-4/10"


def test_the_range_of_a_copy_must_lie_within_the_source() -> None:
    assert parse_copy("bytes=2-4", 5) == Range(2, 3, 5)
    with pytest.raises(S3Error, match="InvalidRange"):
        parse_copy("bytes=2-5", 5)
