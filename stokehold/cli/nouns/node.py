"""`stoke node`: Nodes: the machines that run instances."""

from typing import TYPE_CHECKING

import click

from stokehold.cli.connection import connected
from stokehold.cli.output import Output, shown
from stokehold.cli.verbs import Verbs

if TYPE_CHECKING:
    from stokehold.client import Client

COLUMNS = ("name", "present", "slots", "usedSlots", "coreCount", "memoryMB", "runtime", "lastHeard")


@click.group("node", cls=Verbs, aliases={"info": "show", "ls": "list"})
def command() -> None:
    """Nodes."""


@command.command("list")
@connected
@shown
def list_nodes(client: "Client", out: Output) -> None:
    """List the nodes that are here, then those that were within a day."""
    out.rows(client.nodes, COLUMNS)


@command.command("show")
@connected
@click.argument("node")
@shown
def show(client: "Client", node: str, out: Output) -> None:
    """Show a node, by its name or UUID: what it is made of, and what it does."""
    out.one(lambda: client.node(node))
