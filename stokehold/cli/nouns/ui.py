"""`stoke ui`: The web UI: its address, or a browser on it."""

import sys
from typing import TYPE_CHECKING

import click

from stokehold.cli.connection import connected
from stokehold.cli.sign_in import address, is_local, link
from stokehold.client.errors import StokeError

if TYPE_CHECKING:
    from stokehold.client import Client


@click.command("ui")
@connected
@click.option("--open", "open_", is_flag=True, help="Open it in a browser.")
def command(client: "Client", open_: bool) -> None:
    """Print the address of the web UI.

    On a terminal, and for a server of this machine, the address signs you in: it holds your token, so show it to
    nobody.
    """
    client.account()  # an address where nothing answers, or a token that nobody knows, would be no help
    url, token = client.settings.url, client.settings.token
    signed = link(url, token) if is_local(url) else address(url)
    click.echo(signed if sys.stdout.isatty() else address(url))
    if open_:
        from stokehold.cli.browser import show

        if not show(signed):
            raise StokeError("No browser has opened it.", "Open the address above in one.")
