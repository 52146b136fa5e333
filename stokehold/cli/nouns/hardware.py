"""`stoke hardware`: Hardware constraints that tasks may ask for."""

from typing import TYPE_CHECKING

import click

from stokehold.cli.connection import connected
from stokehold.cli.output import Output, shown
from stokehold.cli.verbs import Verbs

if TYPE_CHECKING:
    from stokehold.client import Client


@click.group("hardware", cls=Verbs, aliases={"ls": "list"})
def command() -> None:
    """Hardware constraints."""


@command.command("list")
@connected
@shown
def list_hardware(client: "Client", out: Output) -> None:
    """List what the machines can meet."""

    def rows() -> list[dict[str, object]]:
        return [
            {"name": one.get("discriminator", ""), "value": _value(one), **one} for one in client.hardware()
        ]

    out.rows(rows, ("name", "value"))


def _value(one: dict[str, object]) -> str:
    return ", ".join(f"{key}={value}" for key, value in one.items() if key != "discriminator")
