"""`stoke run`: Run a command: bring its inputs, watch it, fetch its results."""

import secrets
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stokehold.cli.connection import connected
from stokehold.cli.creation import describing, submitted
from stokehold.cli.output import sized
from stokehold.client.errors import BadInput

if TYPE_CHECKING:
    from stokehold.client import Client

RESULTS = "stoke-results"


@click.command("run", context_settings={"ignore_unknown_options": False, "allow_interspersed_args": False})
@connected
@describing
@click.option(
    "-o",
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Folder here for what instances write; it comes as instances end.",
)
@click.option("--detach", is_flag=True, help="Submit, print the task's UUID, and leave.")
@click.option(
    "--timeout", "timeout_s", type=float, metavar="SECONDS", help="Leave after so long; the task goes on."
)
@click.argument("command", nargs=-1)
def command(
    client: "Client", described: dict[str, Any], output: Path | None, detach: bool, timeout_s: float | None,
    command: tuple[str, ...],
) -> None:  # fmt: skip
    """Run COMMAND in as many instances as asked for, and end as it ends.

    \b
    stoke run -- echo hello
    stoke run -i 8 --input data/ --output results/ -- python sim.py '${INSTANCE_ID}'

    Everything after -- is the command; no shell is involved unless it names one. A folder given as --input is stored
    by its content: what is unchanged is not sent again. Exit codes: docs/reference/cli.md.
    """
    if not command and not described.get("constants") and not described.get("image"):
        raise BadInput("What is to be run?", "For instance: stoke run -- echo hello")
    described["inputs"] = [_brought(client, one) for one in described["inputs"]]
    if output and not described["results"]:
        described["results"] = f"{RESULTS}/{secrets.token_hex(6)}/"
    task = submitted(client, list(command) or None, described)
    if detach:
        click.echo(task.uuid)
        return
    from stokehold.cli.live.follow import Follower

    sys.exit(Follower(task, output, timeout_s=timeout_s).run())


def _brought(client: "Client", one: str | Path) -> Any:
    if not isinstance(one, Path):
        return one
    there = client.bring(one)
    sent = f"{there.sent} sent ({sized(there.sent_bytes)})" if there.sent else "nothing to send"
    click.echo(f"input {one}: {there.files} files, {sent}", err=True)
    return there.mount
