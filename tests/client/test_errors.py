import pytest

from stokehold.client.errors import (
    Forbidden,
    NotBuilt,
    NotConfigured,
    NotFound,
    Refused,
    ServerFault,
    Unauthorized,
)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, Refused),
        (401, Unauthorized),
        (403, Forbidden),
        (404, NotFound),
        (501, NotBuilt),
        (502, ServerFault),
    ],
)
def test_every_status_is_an_error_of_its_kind(status: int, kind: type[Refused]) -> None:
    error = Refused.of(status, "because")
    assert type(error) is kind
    assert (error.status, error.message) == (status, "because")


def test_an_error_says_what_to_do_next() -> None:
    assert "stoke serve" in NotConfigured("where?").advice
    assert NotConfigured("where?", "Ask Ann.").advice == "Ask Ann."
