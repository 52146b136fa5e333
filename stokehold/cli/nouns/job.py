"""`stoke job`: Jobs: groups of tasks that may wait for one another."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stokehold.cli import task_file
from stokehold.cli.connection import connected
from stokehold.cli.durations import duration
from stokehold.cli.names import naming
from stokehold.cli.output import Output, shown
from stokehold.cli.selection import filtered
from stokehold.cli.verbs import Verbs
from stokehold.client.errors import BadInput

if TYPE_CHECKING:
    from stokehold.client import Client

COLUMNS = ("name", "state", "useDependencies", "unfinishedTaskCount", "creationDate", "shortname")
#: By the name of an option of `create`: the field whose value it is.
FIELDS = {
    "name": "name",
    "shortname": "shortname",
    "dependencies": "useDependencies",
    "max_wall_time": "maxWallTime",
    "ttl": "completionTimeToLive",
    "auto_delete": "autoDeleteOnCompletion",
    "tags": "tags",
    "pool": "poolUuid",
}
JOB = naming("job", "-i", "--id", "--shortname")
JOBS = naming("jobs", "-i", "--id", "--shortname", nargs=-1)


@click.group(
    "job",
    cls=Verbs,
    aliases={"info": "show", "ls": "list", "abort": "stop", "terminate": "stop", "rm": "delete"},
)
def command() -> None:
    """Jobs. JOB is a UUID or a shortname."""


@command.command("list")
@connected
@filtered
@click.option("--limit", type=click.IntRange(1), default=50, help="At most so many.  [default: 50]")
@shown
def list_jobs(client: "Client", filters: dict[str, Any], limit: int, out: Output) -> None:
    """List jobs, the newest first."""
    out.rows(lambda: client.jobs(limit=limit, **filters), COLUMNS)


@command.command("show")
@connected
@JOB
@shown
def show(client: "Client", job: str, out: Output) -> None:
    """Show everything about a job."""
    out.one(lambda: client.job(job))


@command.command("tasks")
@connected
@JOB
@shown
def tasks(client: "Client", job: str, out: Output) -> None:
    """List the tasks of a job."""
    out.rows(lambda: client.job(job).tasks(), ("name", "state", "progress", "totalInstanceCount", "uuid"))


@command.command("create")
@connected
@click.option("-n", "--name", help="Its name.")
@click.option("-s", "--shortname", help="Short name, unique among your jobs.")
@click.option(
    "--dependencies/--no-dependencies",
    "-d",
    "--is-dependant",
    default=None,
    help="Whether its tasks may wait for one another.  [default: they may]",
)
@click.option(
    "--max-wall-time",
    metavar="TIME",
    help="Longest time for all of it: [D.]HH:MM:SS, days, or a date as 2026/05/31 12:00:00.",
)
@click.option("--ttl", metavar="[D.]HH:MM:SS", help="Forget it so long after its end.")
@click.option(
    "--auto-delete", is_flag=True, default=None, help="Forget it when the quota of jobs is reached."
)
@click.option("-t", "--tag", "--tags", "tags", multiple=True)
@click.option("--pool", hidden=True)
@click.option(
    "-f",
    "--file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="JSON with any fields of a job; options win.",
)
@shown
def create(client: "Client", file: Path | None, out: Output, **given: Any) -> None:
    """Make a job; prints its UUID. `stoke run --job UUID …` puts tasks in it."""
    wanted = {field: given[name] for name, field in FIELDS.items() if given[name] not in (None, ())}
    told = {**task_file.read_one(file), **wanted}
    if "name" not in told:
        raise BadInput("A job has a name.", "Give --name, or a --file that holds one.")
    if "maxWallTime" in told:
        told["maxWallTime"] = duration(told["maxWallTime"], datetime.now().astimezone())
    job = client.create_job(dependencies=told.pop("useDependencies", True), **told)
    out.one(lambda: job) if out.json else click.echo(job.uuid)


@command.command("wait")
@connected
@JOB
@click.option("--timeout", "timeout_s", type=float, metavar="SECONDS")
def wait(client: "Client", job: str, timeout_s: float | None) -> None:
    """Wait for the end of all tasks of a job; the exit code is that of the worst."""
    import sys

    from stokehold.cli.verdicts import of_states

    found = client.job(job).wait(timeout_s)
    for task in found:
        click.echo(f"{task.uuid} {task.name} {task.state}")
    sys.exit(of_states([task.state for task in found]))


@command.command("stop")
@connected
@JOBS
def stop(client: "Client", jobs: tuple[str, ...]) -> None:
    """Cancel what goes on in jobs."""
    for job in jobs:
        click.echo(f"{client.job(job).terminate().uuid} stopped")


@command.command("delete")
@connected
@JOBS
@click.option("--force", is_flag=True, help="Also while tasks go on.")
def delete(client: "Client", jobs: tuple[str, ...], force: bool) -> None:
    """Forget jobs with their tasks."""
    for job in jobs:
        found = client.job(job)
        found.delete(force=force)
        click.echo(f"{found.uuid} deleted")
