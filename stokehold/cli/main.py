"""`stoke`: one executable, three roles. Each command imports what it needs when it runs: help stays quick."""

import sys
from importlib import import_module
from pathlib import Path

import click

from stokehold import __version__

NOUNS = Path(__file__).parent / "nouns"

#: The operator's commands: where each is, and what the list of commands says of it.
COMMANDS = {
    "serve": (
        "stokehold.cli.serve",
        "Serve the REST API and the storage, and start a runner on this machine.",
    ),
    "runner": ("stokehold.cli.runner", "Run instances for a server."),
}

#: The vendor's names of nouns.
ALIASES = {"hw-constraints": "hardware"}


class _Lazy(click.Group):
    """Commands by the module that holds them: the operator's from a table, the users' one for each file of `nouns`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*_nouns(), *COMMANDS]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        cmd_name = ALIASES.get(cmd_name, cmd_name)
        module = COMMANDS[cmd_name][0] if cmd_name in COMMANDS else f"stokehold.cli.nouns.{cmd_name}"
        if cmd_name not in COMMANDS and cmd_name not in _nouns():
            return None
        if cmd_name in COMMANDS:
            import_module("stokehold.observe")  # before anything else can import structlog: see there
        command: click.Command = import_module(module).command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Click would import every command for its first line."""
        with formatter.section("Your work"):
            formatter.write_dl([(name, _about(name)) for name in _nouns()])
        with formatter.section("The operator's"):
            formatter.write_dl([(name, about) for name, (_, about) in COMMANDS.items()])


def _nouns() -> list[str]:
    return sorted(path.stem for path in NOUNS.glob("*.py") if path.stem != "__init__")


def _about(noun: str) -> str:
    """The first line of the module's docstring, without the name of the command."""
    with (NOUNS / f"{noun}.py").open() as file:
        return file.readline().strip().strip('"').partition("`: ")[2]


@click.group(cls=_Lazy)
@click.version_option(__version__, prog_name="stoke")
def stoke() -> None:
    """Run batch computation on your own machines."""


def main() -> None:
    """The entry of the `stoke` executable."""
    sys.exit(stoke())
