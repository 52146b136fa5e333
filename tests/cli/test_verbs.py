import click
from click.testing import CliRunner

from stokehold.cli.verbs import Verbs


@click.group(cls=Verbs, aliases={"info": "show"})
def noun() -> None: ...


@noun.command()
def show() -> None:
    click.echo("shown")


def test_a_verb_has_other_names() -> None:
    assert CliRunner().invoke(noun, ["info"]).output == "shown\n"
    assert "info = show" in CliRunner().invoke(noun, ["--help"]).output


def test_a_verb_that_is_nearly_right_is_named() -> None:
    assert "show" in CliRunner().invoke(noun, ["shwo"]).output
