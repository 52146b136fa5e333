"""`stoke runner`: carries out instances on this machine, for a server anywhere."""

import asyncio
import gc
import os
import socket
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import click
import structlog
import uvloop

from stokehold.config import Runner, load
from stokehold.domain.errors import StokeholdError
from stokehold.engines.local import take_lock
from stokehold.observe.logs import set_up_logs
from stokehold.runner.agent import Agent, Settings
from stokehold.runner.inventory import Claims, inventory, told
from stokehold.runner.runtime.choose import choose
from stokehold.runner.server_link import ServerLink

log = structlog.get_logger()

LOCK_PATIENCE_S = 15.0  # a runner that is ending needs time to end its programs


def _url(_context: click.Context, _option: click.Parameter, value: str) -> str:
    try:
        parts = urlsplit(value)
        usable = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise click.BadParameter("it must be a URL such as http://host:8080")
    return value


@click.command("runner")
@click.option("--server", required=True, callback=_url, help="URL of the server's REST API.")
@click.option(
    "--data",
    required=True,
    type=click.Path(path_type=Path),
    help="Folder for work and cache; holds runner.token, the token of the server's runners.",
)
@click.option(
    "--config", "file", type=click.Path(path_type=Path, exists=True), help="A TOML file of settings."
)
@click.option(
    "--leave-after", type=float, default=0.0, help="End after so many seconds without server and work."
)
def command(server: str, data: Path, file: Path | None, leave_after: float) -> None:
    """Run instances for SERVER."""
    try:
        config = load(file, os.environ)
        set_up_logs(config.log.level, config.log.format)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_run(server, data.absolute(), config.runner, leave_after))
    except StokeholdError as error:
        raise click.ClickException(str(error)) from error


async def _run(url: str, data: Path, config: Runner, leave_after: float) -> None:
    root = data / "runner"
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    with await _lock(root):
        choice = await choose(config.runtime, config.sandbox, data)
        for reason in choice.reasons:
            log.info("runner.runtime", runtime=choice.runtime.name, reason=reason)
        slots = config.slots or os.cpu_count() or 1
        node = told(inventory(socket.gethostname(), slots, choice.runtime.name, folder=data), _claims(config))
        node.runtime_note = " ".join(choice.reasons)
        memory_mb = config.memory_mb or node.memory_mb // slots
        node.instance_memory_mb = memory_mb
        settings = Settings(
            root, slots, memory_mb, config.cache_mb, config.grace_s, leave_after, config.sample_s
        )
        link = ServerLink(url, data / "runner.token", data / "endpoints.json")
        gc.freeze()  # code is never garbage: a look at all of it stops the runner for 20 ms
        await Agent(settings, link, choice.runtime, node).run()


def _claims(config: Runner) -> Claims:
    """What the configuration says of the machine."""
    return Claims(
        config.cores, config.total_memory_mb, config.cpu_model, config.gpus, config.gpu_model,
        {"yes": True, "no": False}.get(config.ssd), config.specification, config.reservation,
    )  # fmt: skip


async def _lock(root: Path) -> ExitStack:
    try:
        return await take_lock(root, LOCK_PATIENCE_S)
    except TimeoutError:
        raise click.ClickException(f"Another runner works in {root}.") from None
