"""`stoke`: one executable, three roles. Each command imports what it needs when it runs: help stays quick."""

import sys
from importlib import import_module

import click

from stokehold import __version__

#: Where each command is, and what the list of commands says of it.
COMMANDS = {
    "serve": (
        "stokehold.cli.serve",
        "Serve the REST API and the storage, and start a runner on this machine.",
    ),
    "runner": ("stokehold.cli.runner", "Run instances for a server."),
}


class _Lazy(click.Group):
    """Commands by the module that holds them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(COMMANDS[cmd_name][0]).command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Click would import every command for its first line."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, about) for name, (_, about) in COMMANDS.items()])


@click.group(cls=_Lazy)
@click.version_option(__version__, prog_name="stoke")
def stoke() -> None:
    """Run batch computation on your own machines."""


def main() -> None:
    """The entry of the `stoke` executable."""
    sys.exit(stoke())
