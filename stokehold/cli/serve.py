"""`stoke serve`: the server."""

import asyncio
import os
import sys
from pathlib import Path

import click
import uvloop

from stokehold.cli.sign_in import address, is_local, link
from stokehold.config import load
from stokehold.domain.errors import StokeholdError
from stokehold.observe.logs import set_up_logs
from stokehold.server import Stokehold

SWITCH_S = (
    0.0005  # the loop and the writer hand each other short pieces of work: 5 ms is long for either to wait
)


@click.command("serve")
@click.option(
    "--data", type=click.Path(path_type=Path), help="Folder of the database, the objects and the keys."
)
@click.option("--host", help="Address to listen on.  [default: 127.0.0.1]")
@click.option("--port", type=int, help="Port of the REST API; 0 takes a free one.  [default: 8080]")
@click.option(
    "--s3-port", type=int, help="Port of the built-in S3 storage; 0 takes a free one.  [default: 8081]"
)
@click.option("--database", help="postgresql://… instead of SQLite in the data folder.")
@click.option("--no-runner", is_flag=True, help="Do not start a runner on this machine.")
@click.option(
    "--config", "file", type=click.Path(path_type=Path, exists=True), help="A TOML file of settings."
)
def command(  # noqa: PLR0917
    data: Path | None,
    host: str | None,
    port: int | None,
    s3_port: int | None,
    database: str | None,
    no_runner: bool,
    file: Path | None,
) -> None:
    """Serve the REST API and the storage, and start a runner on this machine."""
    flags = {
        "server.data": str(data.absolute()) if data else None,
        "server.host": host,
        "server.port": port,
        "server.s3_port": s3_port,
        "server.database": database,
        "runner.enabled": False if no_runner else None,
    }
    try:
        config = load(file, os.environ, flags)
        set_up_logs(config.log.level, config.log.format)
        server = Stokehold(config, file.absolute() if file else None)
    except (StokeholdError, OSError) as error:
        raise click.ClickException(str(error)) from error
    sys.setswitchinterval(SWITCH_S)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(server.run(lambda: _greet(server)))


def _greet(server: Stokehold) -> None:
    """Tell a person, and no program that reads the first line, where the UI is."""
    if sys.stdout.isatty():
        url = server.api_url
        shown = link(url, server.folder.token("admin.token")) if is_local(url) else address(url)
        click.echo(f"Web UI: {shown}")
