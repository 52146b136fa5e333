from typing import Any

import click
import pytest
from click.testing import CliRunner

from stokehold.cli.names import naming
from stokehold.client.errors import BadInput


def heard(*words: str, nargs: int = 1) -> Any:
    found: list[Any] = []

    @click.command()
    @naming("jobs" if nargs != 1 else "job", "-i", "--id", "--shortname", nargs=nargs)
    def command(**given: Any) -> None:
        found.append(given)

    CliRunner().invoke(command, list(words), catch_exceptions=False)
    return found[0]


def test_a_name_is_an_argument_or_an_option() -> None:
    assert heard("a") == heard("--id", "a") == heard("--shortname", "a") == {"job": "a"}
    assert heard("a", "b", nargs=-1) == heard("-i", "a", "--id", "b", nargs=-1) == {"jobs": ("a", "b")}


@pytest.mark.parametrize("words", [[], ["a", "--id", "b"]])
def test_something_is_named_and_once(words: list[str]) -> None:
    with pytest.raises(BadInput, match="Name JOB"):
        heard(*words)
