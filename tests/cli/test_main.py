"""`stoke` itself: quick, and every command in its list."""

import subprocess
import sys
from importlib import import_module

import pytest
from click.testing import CliRunner

from stokehold import __version__
from stokehold.cli.main import COMMANDS, stoke
from tests.waiting import DEADLINE_S


def run(*words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(words, capture_output=True, text=True, timeout=DEADLINE_S, check=False)


def test_help_imports_no_command() -> None:
    """What is not imported costs no time: a clock would measure the machine's other work too."""
    code = (
        "import sys; from stokehold.cli.main import main; sys.argv = ['stoke', '--help']\n"
        "try: main()\n"
        "finally: print(sorted({'sqlalchemy', 'httpx2', 'uvloop', 'starlette'} & set(sys.modules)))"
    )
    done = run(sys.executable, "-c", code)
    assert done.stdout.endswith("[]\n"), done.stdout + done.stderr


def test_help_names_every_command() -> None:
    shown = CliRunner().invoke(stoke, ["--help"])
    assert shown.exit_code == 0
    for name, (_, about) in COMMANDS.items():
        assert name in shown.output
        assert about.split()[0] in shown.output


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_in_the_list_is_there_and_explains_itself(name: str) -> None:
    shown = CliRunner().invoke(stoke, [name, "--help"])
    assert shown.exit_code == 0
    assert import_module(COMMANDS[name][0]).command.name == name


def test_a_noun_has_the_name_that_the_vendor_gives_it() -> None:
    assert "Hardware constraints" in CliRunner().invoke(stoke, ["hw-constraints", "--help"]).output


def test_the_package_is_the_same_executable() -> None:
    done = run(sys.executable, "-m", "stokehold", "--version")
    assert (done.returncode, done.stdout.strip()) == (0, f"stoke, version {__version__}")


def test_an_unknown_command_is_a_sentence() -> None:
    shown = CliRunner().invoke(stoke, ["nonsense"])
    assert shown.exit_code == 2
    assert "No such command 'nonsense'" in shown.output
