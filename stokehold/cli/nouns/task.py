"""`stoke task`: Tasks: list, show, create, logs, stop, delete, retry, …"""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stokehold.cli.connection import connected
from stokehold.cli.creation import describing, describing_all, schedule, submitted, submitted_all
from stokehold.cli.derivation import changes
from stokehold.cli.names import naming
from stokehold.cli.output import Output, shown
from stokehold.cli.pairs import pairs
from stokehold.cli.selection import complete_tasks, filtered_tasks, selecting
from stokehold.cli.verbs import Verbs
from stokehold.cli.verdicts import of_states
from stokehold.client.errors import Refused

if TYPE_CHECKING:
    from stokehold.client import Client, Task
    from stokehold.client.facts import Submitted

COLUMNS = ("name", "state", "progress", "totalInstanceCount", "creationDate", "shortname")
SNAPSHOT_COLUMNS = ("id", "status", "triggerDate", "files", "sizeToUpload", "error")
ORIGIN = naming("task", "--id", shell_complete=complete_tasks)  # its new short name is an option too
TASK = naming("task", "--id", "--shortname", shell_complete=complete_tasks)


@click.group(
    "task",
    cls=Verbs,
    aliases={
        "info": "show",
        "ls": "list",
        "abort": "stop",
        "rm": "delete",
        "stdout": "logs",
        "update-resources": "refresh",
        "submit": "create",
    },
)
def command() -> None:
    """Tasks. TASK is a UUID or a shortname."""


@command.command("list")
@connected
@filtered_tasks
@click.option("--limit", type=click.IntRange(1), default=50, help="At most so many.  [default: 50]")
@click.option("--all", "everything", is_flag=True, help="All of them.")
@click.option(
    "--order", type=click.Choice(["creationDate", "name", "state", "executionTime"]), default="creationDate"
)
@click.option("--ascending", is_flag=True, help="The oldest, the least first.")
@shown
def list_tasks(  # noqa: PLR0917 # an option each
    client: "Client",
    filters: dict[str, Any],
    limit: int,
    everything: bool,
    order: str,
    ascending: bool,
    out: Output,
) -> None:
    """List tasks, the newest first."""
    by = (order, "ASC" if ascending else "DESC")
    most = None if everything else limit
    out.rows(lambda: client.tasks(limit=most, full=out.json, order=by, **filters), COLUMNS)


@command.command("show")
@connected
@TASK
@shown
def show(client: "Client", task: str, out: Output) -> None:
    """Show everything about a task."""
    out.one(lambda: client.task(task))


@command.command("create")
@connected
@describing_all
@shown
@click.argument("words", metavar="[COMMAND]...", nargs=-1)
def create(client: "Client", descriptions: list[dict[str, Any]], out: Output, words: tuple[str, ...]) -> None:
    """Submit a task and leave: `stoke task create -i 4 -- echo hi`. A --file with a list makes many in one call."""
    if len(descriptions) > 1:
        _created_all(submitted_all(client, list(words) or None, descriptions), out)
        return
    task = submitted(client, list(words) or None, descriptions[0])
    out.one(lambda: task) if out.json else click.echo(task.uuid)


def _created_all(found: "list[Submitted]", out: Output) -> None:
    made = [one.uuid for one in found if one.uuid]
    out.rows(lambda: found, ()) if out.json else click.echo("".join(f"{uuid}\n" for uuid in made), nl=False)
    refused = [(at, one) for at, one in enumerate(found) if not one.uuid]
    if refused:
        at, first = refused[0]
        message = f"{len(refused)} of {len(found)} tasks were refused; the first is number {at + 1}: {first.message}"
        raise Refused.of(first.status_code, message)


@command.command("attach")
@connected
@TASK
@click.option(
    "-o",
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Folder here for what instances write.",
)
@click.option("--timeout", "timeout_s", type=float, metavar="SECONDS")
def attach(client: "Client", task: str, output: Path | None, timeout_s: float | None) -> None:
    """Watch a task to its end, as `stoke run` does."""
    from stokehold.cli.live.follow import Follower

    sys.exit(Follower(client.task(task), output, timeout_s=timeout_s).run())


@command.command("wait")
@connected
@selecting
@click.option("--timeout", "timeout_s", type=float, metavar="SECONDS", help="For each; then exit code 124.")
@click.option("-q", "--quiet", is_flag=True, help="Say nothing.")
def wait(
    client: "Client", chosen: "Iterator[Task]", named: bool, timeout_s: float | None, quiet: bool
) -> None:
    """Wait for the end of tasks; the exit code is that of the worst."""
    states = []
    for task in list(chosen):
        states.append(task.wait(timeout_s).state)
        if not quiet:
            click.echo(f"{task.uuid} {task.state}")
    sys.exit(of_states(states))


@command.command("logs")
@connected
@TASK
@click.option("-i", "--instance", "--instance-id", type=int, help="Of this instance only.")
@click.option("-e", "--stderr", is_flag=True, help="Standard error instead.")
@click.option("-f", "--follow", is_flag=True, help="And what is to come, until the end.")
def logs(client: "Client", task: str, instance: int | None, stderr: bool, follow: bool) -> None:
    """Print what a task has written."""
    for line in client.task(task).logs(instance, stream="stderr" if stderr else "stdout", follow=follow):
        click.echo(line)


@command.command("stderr")
@connected
@TASK
@click.option("-i", "--instance", "--instance-id", type=int)
@click.option("-f", "--follow", is_flag=True)
def stderr(client: "Client", task: str, instance: int | None, follow: bool) -> None:
    """Print what a task has written to standard error."""
    for line in client.task(task).logs(instance, stream="stderr", follow=follow):
        click.echo(line)


@command.command("instances")
@connected
@TASK
@click.option("--state", "states", multiple=True, help="Waiting, Running, Success, Failure or Cancelled.")
@shown
def instances(client: "Client", task: str, states: tuple[str, ...], out: Output) -> None:
    """List the instances of a task."""
    columns = (
        "instanceId",
        "state",
        "executionAttemptCount",
        "last.node",
        "last.executionTimeSec",
        "last.error",
    )
    out.rows(lambda: client.task(task).instances(states=states), columns)


@command.command("explain")
@connected
@TASK
def explain(client: "Client", task: str) -> None:
    """Say why a task is where it is."""
    click.echo(client.task(task).explain())


@command.command("metrics")
@connected
@TASK
@click.option("-i", "--instance", type=int)
@shown
def metrics(client: "Client", task: str, instance: int | None, out: Output) -> None:
    """Show what a task has used, over time."""
    out.one(lambda: client.task(task).metrics(instance))


@command.command("results")
@connected
@TASK
@shown
def results(client: "Client", task: str, out: Output) -> None:
    """List the results of a task."""
    out.rows(lambda: client.task(task).results(), ("key", "size", "modified"))


@command.command("download")
@connected
@TASK
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), default=".")
def download(client: "Client", task: str, folder: Path) -> None:
    """Fetch the results of a task; what is there already is not fetched."""
    for path in client.task(task).download(folder):
        click.echo(path)


def _each(tasks: "Iterator[Task]", act: "Callable[[Task], object]", word: str, *, ask: bool) -> None:
    chosen = list(tasks)
    if ask and len(chosen) > 1 and sys.stdin.isatty():
        click.confirm(f"{len(chosen)} tasks?", abort=True, err=True)
    for task in chosen:
        act(task)
        click.echo(f"{task.uuid} {word}")


@command.command("stop")
@connected
@selecting
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
def stop(client: "Client", chosen: "Iterator[Task]", named: bool, yes: bool) -> None:
    """Stop tasks. Those that have ended are passed over when they were not named."""
    going = chosen if named else (task for task in chosen if not task.final)
    _each(going, lambda task: task.abort(), "stopped", ask=not (named or yes))


@command.command("delete")
@connected
@selecting
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
def delete(client: "Client", chosen: "Iterator[Task]", named: bool, yes: bool) -> None:
    """Stop and forget tasks. Their buckets stay."""
    _each(chosen, lambda task: task.delete(), "deleted", ask=not (named or yes))


@command.command("refresh")
@connected
@selecting
def refresh(client: "Client", chosen: "Iterator[Task]", named: bool) -> None:
    """Bring new and changed inputs to running tasks."""
    _each(chosen, lambda task: task.refresh_inputs(), "refreshed", ask=not named)


@command.command("snapshot")
@connected
@selecting
@click.option(
    "--every", "--periodic", "every_s", type=click.IntRange(0), metavar="SECONDS", help="0 stops it."
)
@click.option("--whitelist", metavar="REGEX", help="What to keep.")
@click.option("--blacklist", metavar="REGEX", help="What to leave.")
@click.option("--bucket", help="Where it goes, if not to the results.")
@click.option("--prefix", "bucketPrefix", help="Put before the keys, as shots/.")
def snapshot(
    client: "Client", chosen: "Iterator[Task]", named: bool, every_s: int | None, **config: str | None
) -> None:
    """Store what running tasks have made so far."""
    given = {key: value for key, value in config.items() if value}
    _each(chosen, lambda task: task.snapshot(every_s, **given), "snapshot", ask=not named)


@command.command("snapshots")
@connected
@TASK
@shown
def snapshots(client: "Client", task: str, out: Output) -> None:
    """Show the snapshots of a task that were taken, the newest first."""
    out.rows(lambda: client.task(task).snapshots(), SNAPSHOT_COLUMNS)


@command.command("update")
@connected
@TASK
@click.option("-t", "--tag", "tags", multiple=True, help="The tags it is to have.")
@click.option("-c", "--constant", "constants", multiple=True, metavar="KEY=VALUE")
def update(client: "Client", task: str, tags: tuple[str, ...], constants: tuple[str, ...]) -> None:
    """Change the tags and constants of a task."""
    client.task(task).update(tags=tags or None, constants=pairs("--constant", constants))


@command.command("update-constant")
@connected
@selecting
@click.option("--constant-name", required=True)
@click.option("--constant-value", default="")
def update_constant(
    client: "Client", chosen: "Iterator[Task]", named: bool, constant_name: str, constant_value: str
) -> None:
    """Change one constant of tasks."""
    _each(chosen, lambda t: t.update(constants={constant_name: constant_value}), "updated", ask=not named)


UNSAID = (
    "Options, and a COMMAND, say what is to be different; all else is as it was, not as the defaults say."
)


def _derived(verb: str, about: str) -> None:
    @command.command(verb, help=f"{about} Prints its UUID. {UNSAID}")
    @connected
    @ORIGIN
    @describing
    @click.argument("words", metavar="[COMMAND]...", nargs=-1)
    def derive(client: "Client", task: str, described: dict[str, Any], words: tuple[str, ...]) -> None:
        origin = client.task(task)
        made = getattr(origin, verb)(**changes(client, origin, list(words) or None, described))
        schedule(made, described)
        click.echo(made.uuid)


_derived("clone", "Make a task like another.")
_derived("retry", "Make a task of the instances that failed.")
_derived("recover", "Make a task of the instances that failed or were cancelled.")
_derived("resume", "Make a task of the instances that were cancelled.")


@command.command("restart")
@connected
@TASK
def restart(client: "Client", task: str) -> None:
    """Make a task like one that has ended. Prints its UUID. `clone` and `recover` do it with changes."""
    click.echo(client.task(task).restart().uuid)
