"""`stoke explain`: Say why a task is where it is."""

from typing import TYPE_CHECKING

import click

from stokehold.cli.connection import connected
from stokehold.cli.selection import complete_tasks

if TYPE_CHECKING:
    from stokehold.client import Client


@click.command("explain")
@connected
@click.argument("task", shell_complete=complete_tasks)
def command(client: "Client", task: str) -> None:
    """Say why TASK waits, what runs of it, or what went wrong and what to do."""
    click.echo(client.task(task).explain())
