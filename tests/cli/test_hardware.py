from stokehold.client import Client
from stokehold.client.errors import NotBuilt
from tests.cli.conftest import Stoke


def test_constraints_are_listed_or_said_not_to_be_built(stoke: Stoke, client: Client) -> None:
    try:
        names = {one["discriminator"] for one in client.hardware()}
    except NotBuilt:
        assert "capabilities.md" in stoke("hardware", "list", expect=8).stderr
        return
    listed = stoke("hardware", "list").stdout
    assert all(name in listed for name in names)
