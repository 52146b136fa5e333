import contextlib
from enum import StrEnum
from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Meta, Struct

from stokehold.api.wire import decode, read
from stokehold.domain.errors import Invalid
from stokehold.domain.task import Spec


class Colour(StrEnum):
    RED = "red"
    DARK_BLUE = "darkBlue"


class Inner(Struct, rename="camel"):
    some_name: str


class Outer(Struct, rename="camel"):
    count: int = 0
    ratio: float = 0.0
    is_good: bool = False
    text: str = ""
    lax: Annotated[str, Meta(extra={"lax": True})] = ""
    colour: Colour | None = None
    inner: Inner | None = None
    inners: list[Inner] = []
    labels: dict[str, str] = {}
    pool_uuid: str | None = None
    anything: Any = None


def test_names_match_in_any_case_and_unknown_ones_are_passed_over() -> None:
    assert read(Outer, {"COUNT": 1, "isgood": True, "Inner": {"SomeName": "x"}, "else": {}}) == Outer(
        count=1, is_good=True, inner=Inner("x")
    )


def test_null_is_not_set() -> None:
    assert read(Outer, dict.fromkeys(("count", "text", "inner", "inners", "labels", "colour"))) == Outer()


def test_a_null_does_not_hide_the_same_name_in_another_case() -> None:
    assert read(Outer, {"text": "x", "Text": None}).text == "x"


def test_a_zero_uuid_is_not_set() -> None:
    assert read(Outer, {"PoolUuid": "00000000-0000-0000-0000-000000000000"}).pool_uuid is None


@pytest.mark.parametrize(
    ("key", "given", "taken"),
    [
        ("count", "4", 4),
        ("count", 4.0, 4),
        ("count", " 4 ", 4),
        ("ratio", 1, 1.0),
        ("ratio", "1.5", 1.5),
        ("isGood", "True", True),
        ("isGood", "false", False),
        ("colour", "RED", Colour.RED),
        ("colour", "DarkBlue", Colour.DARK_BLUE),
        ("colour", 1, Colour.DARK_BLUE),
        ("lax", 26, "26"),
        ("lax", True, "true"),
        ("lax", 1.5, "1.5"),
        ("lax", "x", "x"),
        ("labels", {"A": "x", "b": None}, {"A": "x"}),
        ("anything", [None, {"a": 1}], [None, {"a": 1}]),
    ],
)
def test_values_are_taken_as_clients_write_them(key: str, given: Any, taken: Any) -> None:
    name = {"isGood": "is_good"}.get(key, key)
    assert getattr(read(Outer, {key: given}), name) == taken


BROKEN: list[tuple[str, Any]] = [
    ("body", []),
    ("body", "x"),
    ("body", None),
    ("count", {"COUNT": "x"}),
    ("count", {"count": True}),
    ("count", {"count": 1.5}),
    ("count", {"count": 2**31}),
    ("count", {"count": [1]}),
    ("ratio", {"ratio": "x"}),
    ("ratio", {"ratio": 10**400}),
    ("isGood", {"ISGOOD": 1}),
    ("text", {"text": 1}),
    ("text", {"text": "a\0b"}),
    ("lax", {"lax": {}}),
    ("lax", {"lax": "\0"}),
    ("colour", {"colour": "green"}),
    ("colour", {"colour": 2}),
    ("colour", {"colour": True}),
    ("inner", {"inner": "x"}),
    ("inner.someName", {"inner": {}}),
    ("inner.someName", {"inner": {"someName": None}}),
    ("inners", {"inners": {}}),
    ("inners[1]", {"inners": [{"someName": "x"}, None]}),
    ("inners[1].someName", {"Inners": [{"someName": "x"}, {"SomeName": 1}]}),
    ("labels", {"labels": []}),
    ("labels.a", {"labels": {"a": 1}}),
    ("labels", {"labels": {"\0": "1"}}),
]


@pytest.mark.parametrize(("field", "body"), BROKEN)
def test_what_is_wrong_is_named_as_clients_write_it(field: str, body: Any) -> None:
    with pytest.raises(Invalid) as caught:
        read(Outer, body)
    assert caught.value.field == field


@pytest.mark.parametrize("data", [b"", b" \r\n", b"null", b"\xef\xbb\xbf", b"\xef\xbb\xbf null"])
def test_an_empty_body_is_no_body(data: bytes) -> None:
    assert decode(data) is None


@pytest.mark.parametrize(
    ("data", "place"),
    [
        (b'{"a":1,}', "byte 7"),
        (b'{"a":', "byte 5"),
        (b'{"a":NaN}', "byte 5"),
        (b'{"a":"\xff"}', "byte 6"),
        (b'{"a":"\\ud800"}', "byte"),
        (b"name=n&profile=p", "malformed"),
        (b"1" * 5000, "too large"),
        (b"1e999", "too large"),
        (b"[" * 100_000, "nested"),
    ],
)
def test_broken_json_says_where_it_breaks(data: bytes, place: str) -> None:
    with pytest.raises(Invalid, match=place) as caught:
        decode(data)
    assert caught.value.field == "body"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(list(Spec.__struct_encode_fields__)) | st.text(), inner, max_size=6)
    ),
)


@given(JSON)
def test_no_json_value_does_more_than_be_refused(value: Any) -> None:
    with contextlib.suppress(Invalid):
        assert isinstance(read(Spec, value), Spec)


@given(st.binary())
def test_no_bytes_do_more_than_be_refused(data: bytes) -> None:
    with contextlib.suppress(Invalid):
        decode(data)
