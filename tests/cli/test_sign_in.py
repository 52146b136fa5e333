import pytest

from stokehold.cli.sign_in import address, is_local, link


def test_a_link_holds_the_token_where_no_server_sees_it() -> None:
    assert link("http://127.0.0.1:8080", "a b/c#d") == "http://127.0.0.1:8080/#token=a%20b%2Fc%23d"


@pytest.mark.parametrize("url", ["https://stoke.example.org", "https://stoke.example.org/"])
def test_the_ui_is_at_the_root(url: str) -> None:
    assert address(url) == "https://stoke.example.org/"


@pytest.mark.parametrize(
    ("url", "local"),
    [
        ("http://127.0.0.1:8080", True), ("http://localhost", True), ("http://[::1]:80", True),
        ("http://127.9.9.9", True), ("http://10.0.0.1", False), ("http://localhost.example.org", False),
        ("http://127.0.0.1@example.org", False), ("http://example.org", False),
    ],
)  # fmt: skip
def test_a_server_is_local_when_what_is_sent_to_it_crosses_no_network(url: str, local: bool) -> None:
    assert is_local(url) is local
