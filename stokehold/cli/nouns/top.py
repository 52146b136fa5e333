"""`stoke top`: Everything at a glance, live: tasks, nodes, queue."""

import sys
import time
from typing import TYPE_CHECKING

import click

from stokehold.cli.connection import connected
from stokehold.cli.output import console

if TYPE_CHECKING:
    from stokehold.client import Client


@click.command("top")
@connected
@click.option(
    "--every", "every_s", type=click.FloatRange(0.2), default=1.0, help="Seconds between looks.  [default: 1]"
)
@click.option("--once", is_flag=True, help="One look, and end.")
def command(client: "Client", every_s: float, once: bool) -> None:
    """Show what runs and what waits, until Ctrl-C. In a pipe: once."""
    from stokehold.cli.live.overview import draw, look

    if once or not sys.stdout.isatty():
        console().print(draw(look(client), 1000))
        return
    from rich.live import Live

    screen = console()
    with Live(draw(look(client), screen.height), console=screen, screen=True, auto_refresh=False) as live:
        while True:
            time.sleep(every_s)
            live.update(draw(look(client), screen.height), refresh=True)
