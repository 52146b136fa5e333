import pytest

from stokehold.cli.output import cell, field_of, heading, known, plain, sized
from stokehold.client.errors import BadInput
from stokehold.client.facts import Stored


def test_fields_are_found_in_any_spelling_and_inside() -> None:
    row = {"creationDate": 1, "status": {"executedRange": "0-1"}, "last": None}
    assert field_of(row, "creation_date") == 1
    assert field_of(row, "status.executedrange") == "0-1"
    assert field_of(row, "last.node") is None
    with pytest.raises(BadInput, match="creationDate"):
        field_of(row, "date")


def test_values_are_written_for_people() -> None:
    assert [cell(v) for v in (None, True, 0.123456, [1, 2], {"key": "a", "value": "b"})] == [
        "", "yes", "0.1235", "1, 2", "a=b",
    ]  # fmt: skip
    assert cell("0001-01-01T00:00:00Z") == ""
    assert heading("totalInstanceCount") == "total instance count"
    assert [sized(n) for n in (3, 1500, 2_000_000)] == ["3 B", "1.5 kB", "2.0 MB"]


def test_a_thing_has_the_fields_that_people_know_and_others_as_json() -> None:
    assert known(Stored("k")) == ["key", "size", "etag", "modified"] == list(plain(Stored("k")))
    assert known({"a": 1}) == ["a"]
