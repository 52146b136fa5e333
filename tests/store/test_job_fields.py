import pytest

from stokehold.domain.errors import Invalid
from stokehold.store.fields import Kind
from stokehold.store.job_fields import job_field


def test_names_match_in_any_case() -> None:
    assert job_field("NAME", "filter") is job_field("name", "filter")


def test_an_unknown_field_is_named() -> None:
    with pytest.raises(Invalid, match=r"filter\.field: jobs cannot be searched by 'colour'"):
        job_field("colour", "filter")


def test_moments_compare_as_moments() -> None:
    assert {job_field(name, "f").kind for name in ("creationDate", "lastModified")} == {Kind.MOMENT}
