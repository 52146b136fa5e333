"""`stoke node`: Nodes: the machines that run instances."""

from typing import TYPE_CHECKING

import click

from stokehold.cli.connection import connected
from stokehold.cli.output import Output, shown
from stokehold.cli.verbs import Verbs
from stokehold.client.errors import NotFound

if TYPE_CHECKING:
    from stokehold.client import Client


@click.group("node", cls=Verbs, aliases={"info": "show", "ls": "list"})
def command() -> None:
    """Nodes."""


@command.command("list")
@connected
@shown
def list_nodes(client: "Client", out: Output) -> None:
    """List the nodes that are here."""
    out.rows(client.nodes, ("name", "slots", "runtime"))


@command.command("show")
@connected
@click.argument("node")
@shown
def show(client: "Client", node: str, out: Output) -> None:
    """Show a node."""
    found = next((one for one in client.nodes() if one.name == node), None)
    if found is None:
        raise NotFound(f"There is no node {node}.", "`stoke node list` shows those that are here.")
    out.one(lambda: found)
