import json

from tests.cli.conftest import Stoke


def test_what_there_is_is_listed(stoke: Stoke) -> None:
    assert "process" in stoke("node", "list").stdout
    assert "process" in stoke("node", "ls", "--format", "json").stdout
    [node] = json.loads(stoke("node", "list", "--format", "json").stdout)
    shown = json.loads(stoke("node", "show", node["name"], "--format", "json").stdout)
    assert (shown["uuid"], shown["present"], shown["coreCount"] > 0) == (node["uuid"], True, True)
    stoke("node", "show", "no-such", expect=5)
