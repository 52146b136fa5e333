from stokehold.client import Client
from tests.cli.conftest import Stoke
from tests.cli.terminal import Terminal


def test_in_a_pipe_there_is_one_look(stoke: Stoke, client: Client) -> None:
    task = client.submit("true", name="topped").wait()
    assert task.uuid in stoke("top").stdout


def test_on_a_terminal_it_stays_until_ctrl_c(variables: dict[str, str]) -> None:
    terminal = Terminal("top", "--every", "0.2", env=variables)
    terminal.until("slots")
    terminal.type("\x03")
    assert terminal.end() == 130
