"""`stoke account`: The account: what it may have, and has."""

from typing import TYPE_CHECKING

import click
import msgspec

from stokehold.cli.connection import connected
from stokehold.cli.output import Output, shown

if TYPE_CHECKING:
    from stokehold.client import Client

UNLIMITED = 1_000_000_000  # the interface has no other word for no limit


@click.command("account")
@connected
@shown
def command(client: "Client", out: Output) -> None:
    """Show the account that asks: its e-mail is also its S3 access key, its token the secret key."""

    def account() -> dict[str, object]:
        told = msgspec.to_builtins(client.account())
        limits = {
            key: "no limit" for key, value in told.items() if isinstance(value, int) and value >= UNLIMITED
        }
        where = {"server": client.settings.url, "storage": client.storage().endpoint}
        return {**told, **({} if out.json else limits), **where}

    out.one(account)
