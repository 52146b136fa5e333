import pytest

from tests.contract import ours

VERSIONS = b'[{"version":"v1"}]'


def test_an_answer_as_described_is_let_through() -> None:
    ours().check("GET", "http://server/v1/Versions/?x=1", 200, "application/json", VERSIONS)


@pytest.mark.parametrize(
    ("status", "media", "body", "reason"),
    [
        (200, "application/json", b'[{"version":1}]', "not of type"),
        (200, "application/json", b'[{"version":"v1","extra":1}]', "Additional properties"),
        (200, "application/json", b"[{}]", "required"),
        (200, "text/plain", VERSIONS, "text/plain is not described"),
        (204, "", b"", "204 is not described"),
        (500, "application/json", b'{"error":"x"}', "required"),
    ],
)
def test_an_answer_that_is_not_as_described_is_found(
    status: int, media: str, body: bytes, reason: str
) -> None:
    with pytest.raises(AssertionError, match=reason):
        ours().check("GET", "http://server/versions", status, media, body)


def test_a_body_where_none_is_described_is_found() -> None:
    with pytest.raises(AssertionError, match="a body that is not described"):
        ours().check("POST", "http://server/tasks/x/abort", 200, "application/json", b"{}")


def test_nothing_but_a_404_comes_from_where_nothing_is_described() -> None:
    ours().check("GET", "http://server/nothing", 404, "application/json", b"{}")
    with pytest.raises(AssertionError):
        ours().check("GET", "http://server/nothing", 200, "application/json", b"{}")


def test_an_answer_of_selected_fields_holds_those_alone() -> None:
    path = "http://server/tasks/search"
    ours().check("POST", path, 200, "application/json", b'[{"uuid":"x"}]', b'{"Select":["uuid"]}')
    with pytest.raises(AssertionError, match="required"):
        ours().check("POST", path, 200, "application/json", b'[{"uuid":"x"}]', b'{"select":null}')
