"""`stoke profile`: Profiles: what a task can run in."""

from typing import TYPE_CHECKING

import click

from stokehold.cli.connection import connected
from stokehold.cli.output import Output, shown
from stokehold.cli.verbs import Verbs

if TYPE_CHECKING:
    from stokehold.client import Client


@click.group("profile", cls=Verbs, aliases={"info": "show", "ls": "list"})
def command() -> None:
    """Profiles: templates of execution environments."""


@command.command("list")
@connected
@shown
def list_profiles(client: "Client", out: Output) -> None:
    """List profiles."""
    out.rows(client.profiles, ("name",))


@command.command("show")
@connected
@click.argument("profile")
@shown
def show(client: "Client", profile: str, out: Output) -> None:
    """Show the constants of a profile."""
    if out.json:
        out.one(lambda: client.profile(profile))
    else:
        out.rows(lambda: client.profile(profile).constants, ("name", "value", "description"))
