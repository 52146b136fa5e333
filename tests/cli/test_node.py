from tests.cli.conftest import Stoke


def test_what_there_is_is_listed(stoke: Stoke) -> None:
    assert "process" in stoke("node", "list").stdout
    assert "process" in stoke("node", "ls", "--format", "json").stdout
    stoke("node", "show", "no-such", expect=5)
