from stokehold.client import Client
from tests.cli.conftest import Stoke


def test_a_failure_is_explained(stoke: Stoke, client: Client) -> None:
    task = client.submit("sh -c 'exit 3'").wait()
    told = stoke("explain", task.uuid).stdout
    assert "STK1001" in told
    assert "exit code 3" in told
