import json

from tests.cli.conftest import Stoke


def test_the_account_and_its_addresses_are_shown(stoke: Stoke) -> None:
    told = json.loads(stoke("account", "--format", "json").stdout)
    assert told["email"] == "admin@stokehold.local"
    assert told["storage"].startswith("http")
    assert "no limit" in stoke("account").stdout
