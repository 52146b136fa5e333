"""`stoke all`: All that the account has: list it, stop it, delete it."""

import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

import click

from stokehold.cli.connection import connected
from stokehold.cli.output import Output, Row, shown
from stokehold.client.errors import Forbidden, NotFound

if TYPE_CHECKING:
    from stokehold.client import Client

COLUMNS = ("kind", "name", "state", "uuid")
Act = tuple[str, Callable[[], object]]


@click.command("all")
@connected
@click.option("-l", "--list", "verb", flag_value="list", default="list", help="Show it.  [default]")
@click.option(
    "-a", "--abort", "--stop", "verb", flag_value="abort", help="Stop all tasks and jobs that go on."
)
@click.option("-d", "--delete", "verb", flag_value="delete", help="Delete all tasks, jobs and buckets.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@shown
def command(client: "Client", verb: str, yes: bool, out: Output) -> None:
    """List all tasks, jobs and buckets of the account, or stop or delete them."""
    if verb == "list":
        out.rows(lambda: _everything(client), COLUMNS)
        return
    acts = list(_aborted(client) if verb == "abort" else _deleted(client))
    if acts and not yes and sys.stdin.isatty():
        click.confirm(f"{verb.capitalize()} {len(acts)} things?", abort=True, err=True)
    for told, act in acts:
        with suppress(Forbidden, NotFound):  # it has ended or gone meanwhile, perhaps with its job
            act()
            click.echo(told)


def _everything(client: "Client") -> Iterator[Row]:
    for task in client.tasks():
        yield {"kind": "task", "name": task.name, "state": task.state, "uuid": task.uuid}
    for job in client.jobs():
        yield {"kind": "job", "name": job.name, "state": job.state, "uuid": job.uuid}
    for bucket in client.buckets():
        yield {"kind": "bucket", "name": bucket.name, "state": "", "uuid": ""}


def _aborted(client: "Client") -> Iterator[Act]:
    """Jobs first: they let nothing more begin."""
    from stokehold.cli.live.overview import GOING

    for job in client.jobs(states=["Active"]):
        yield f"job {job.uuid} stopped", job.terminate
    for task in client.tasks(states=[state for state in GOING if state != "PendingCancel"]):
        yield f"task {task.uuid} stopped", task.abort


def _deleted(client: "Client") -> Iterator[Act]:
    """Buckets last: nothing reads or writes them by then."""
    for job in client.jobs():
        yield f"job {job.uuid} deleted", partial(job.delete, force=True)
    for task in client.tasks():
        yield f"task {task.uuid} deleted", task.delete
    for bucket in client.buckets():
        yield f"bucket {bucket.name} deleted", bucket.delete
