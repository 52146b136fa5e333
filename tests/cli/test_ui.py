from stokehold.cli.sign_in import address, link
from tests.cli.conftest import Stoke
from tests.cli.terminal import Terminal


def test_in_a_pipe_the_address_holds_no_token(stoke: Stoke, variables: dict[str, str]) -> None:
    assert stoke("ui").stdout == address(variables["QARNOT_CLUSTER_URL"]) + "\n"


def test_on_a_terminal_the_address_of_a_local_server_signs_in(variables: dict[str, str]) -> None:
    terminal = Terminal("ui", env=variables)
    assert terminal.end() == 0
    shown = terminal.text.replace("\r\n", "")
    assert shown == link(variables["QARNOT_CLUSTER_URL"], variables["QARNOT_CLIENT_TOKEN"])


def test_a_token_that_nobody_knows_is_told(stoke: Stoke) -> None:
    stoke("ui", "--token", "wr0ng", expect=6)


def test_without_a_browser_it_says_so(variables: dict[str, str]) -> None:
    terminal = Terminal("ui", "--open", env={**variables, "BROWSER": "/bin/false %s"})
    terminal.until("Open the address above")
    assert terminal.end() == 1
