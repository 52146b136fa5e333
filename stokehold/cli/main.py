"""`stoke`: one executable, three roles. Each command imports what it needs when it runs: help stays quick."""

import sys
from importlib import import_module

import click

from stokehold import __version__

COMMANDS = {
    "serve": "stokehold.cli.serve",
    "runner": "stokehold.cli.runner",
}


class _Lazy(click.Group):
    """Commands by the module that holds them."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(COMMANDS[cmd_name]).command
        return command


@click.group(cls=_Lazy)
@click.version_option(__version__, prog_name="stoke")
def stoke() -> None:
    """Run batch computation on your own machines."""


def main() -> None:
    """The entry of the `stoke` executable."""
    sys.exit(stoke())
