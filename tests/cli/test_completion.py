import pytest

from tests.cli.conftest import Stoke


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_each_shell_gets_its_script(stoke: Stoke, shell: str) -> None:
    assert "_STOKE_COMPLETE" in stoke("completion", shell).stdout


def test_commands_complete(stoke: Stoke) -> None:
    done = stoke(_STOKE_COMPLETE="zsh_complete", COMP_WORDS="stoke tas", COMP_CWORD="1")
    assert "task" in done.stdout
