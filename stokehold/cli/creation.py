"""The options that describe a task, for the commands that make one."""

from collections.abc import Callable, Mapping
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import click

from stokehold.cli import fields, machines, task_file
from stokehold.cli.pairs import pairs
from stokehold.client.errors import BadInput, Forbidden

if TYPE_CHECKING:
    from stokehold.client import Client, Task
    from stokehold.client.facts import Submitted

#: Not a field of a submission, but asked for once there is a task.
PERIOD = "snapshotPeriodicSec"

_OPTIONS = (
    click.option("-n", "--name", help="Name of the task.  [default: the program's]"),
    click.option("-i", "--instances", "--instance", default=None, metavar="N", help="How many.  [default: 1]"),
    click.option("--range", "ranges", metavar="IDS", help="Instance ids instead of a number, as 1-3,7."),
    click.option("-p", "--profile", help="Profile.  [default: docker-batch]"),
    click.option("--image", metavar="REPO[:TAG]", help="Container image."),
    click.option("-r", "--input", "--resources", "inputs", multiple=True, metavar="PATH|BUCKET",
                 help="Folder, file, or bucket[/prefix/] that instances read; may be given again."),
    click.option("--results", "--result", metavar="BUCKET", help="Bucket[/prefix/] for what instances write."),
    click.option("-c", "--constant", "--constants", "constants", multiple=True, metavar="KEY=VALUE"),
    click.option("--label", "--labels", "labels", multiple=True, metavar="KEY=VALUE"),
    click.option("-t", "--tag", "--tags", "tags", multiple=True, help="Tag; may be given again."),
    click.option("-s", "--shortname", help="Short name, unique among your tasks."),
    click.option("--job", help="Job that the task belongs to."),
    click.option("-d", "--after", "--dependents", "after", multiple=True, metavar="TASK", help="Start after TASK."),
    *fields.OPTIONS,
    *machines.OPTIONS,
)  # fmt: skip
_FILE = click.option("-f", "--file", type=click.Path(exists=True, dir_okay=False, path_type=Path),
                     help="JSON with any fields of a submission; options win.")  # fmt: skip


#: By the name of an option: the field of a file that it wins over.
_EITHER = {"name": "name", "profile": "profile", "shortname": "shortname", "job": "jobUuid", "tags": "tags"}


def describing(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command `described`: keyword arguments of `submitted`."""

    def one(given: dict[str, Any]) -> dict[str, Any]:
        return {"described": described(given, task_file.read_one(given["file"]))}

    return _describing(command, one)


def describing_all(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command `descriptions`: one, or those of a file that holds a list, each under the same options."""

    def every(given: dict[str, Any]) -> dict[str, Any]:
        found = task_file.read(given["file"]) if given["file"] else [{}]
        return {"descriptions": [described(given, told) for told in found]}

    return _describing(command, every)


def _describing(
    command: Callable[..., Any], read: Callable[[dict[str, Any]], dict[str, Any]]
) -> Callable[..., Any]:
    @wraps(command)
    def wrapped(*args: Any, **rest: Any) -> Any:
        names = {option.name for option in described_parameters()}
        given = {name: rest.pop(name) for name in names if name in rest}
        return command(*args, **read(given), **rest)

    for option in reversed((*_OPTIONS, _FILE)):
        wrapped = option(wrapped)
    return wrapped


def described_parameters() -> list[click.Parameter]:
    """The options of a description."""

    @click.command()
    def bare() -> None: ...

    for option in reversed((*_OPTIONS, _FILE)):
        option(bare)
    return bare.params


def described(given: Mapping[str, Any], told: Mapping[str, Any]) -> dict[str, Any]:
    """What was `given` on the command line and `told` in a file, as `Client.submit` takes it. Raises BadInput."""
    if given["instances"] and given["ranges"]:
        raise BadInput("Give --instances or --range, not both.")
    left = dict(told)
    ranges, count = left.pop("advancedRanges", None), left.pop("instanceCount", None)
    instances = given["ranges"] or given["instances"] or ranges or count
    options: dict[str, Any] = {"instances": instances} if instances else {}
    in_file = {name: left.pop(field, None) for name, field in _EITHER.items()} | {"results": _results(left)}
    said = {name: given[name] or value for name, value in in_file.items()}
    options |= {name: said[name] or "" for name in ("name", "profile", "shortname", "job")}
    options |= {"image": given["image"] or "", "tags": said["tags"] or (), "results": said["results"]}
    options |= {"constants": _constants(left) | pairs("--constant", given["constants"])}
    options |= {"labels": left.pop("labels", {}) | pairs("--label", given["labels"])}
    options |= {"inputs": [where(text) for text in [*left.pop("resourceBuckets", ()), *given["inputs"]]]}
    options |= _waiting(left, given["after"])
    return {**left, **options, **_more(left, given)}


def submitted(client: "Client", command: list[str] | None, described: Mapping[str, Any]) -> "Task":
    """Submit what was described. Raises StokeError."""
    task = client.submit(command, **_placed(submission(client, described), described))
    schedule(task, described)
    return task


def submitted_all(
    client: "Client", command: list[str] | None, descriptions: list[dict[str, Any]]
) -> "list[Submitted]":
    """Submit all that were described in one call. Raises StokeError."""
    wanted = [_placed(submission(client, one), one) for one in descriptions]
    found = client.submit_all([{"command": command, **one} for one in wanted])
    for one, made in zip(descriptions, found, strict=True):
        if one.get(PERIOD) and made.uuid:
            schedule(client.task(made.uuid), one)
    return found


def submission(client: "Client", described: Mapping[str, Any]) -> dict[str, Any]:
    """What was described, as `Client.submit` takes it: the job and the tasks that are meant by their UUIDs."""
    left = {name: value for name, value in described.items() if name != PERIOD}
    job, after = left["job"], left["after"]
    left["job"] = job if not job or _is_uuid(job) else client.job(job).uuid
    left["after"] = [task if _is_uuid(task) else client.task(task).uuid for task in after]
    return left


def schedule(task: "Task", described: Mapping[str, Any]) -> None:
    """Begin the periodic snapshots that were described, if any were."""
    if not described.get(PERIOD):
        return
    try:
        task.snapshot(described[PERIOD])
    except Forbidden:  # a short task may have ended by now, and then there is nothing left to store
        if not task.refresh().final:
            raise


def where(text: str) -> str | Path:
    """What is there as a file or folder is meant; else a bucket. `s3://` and `./` leave no doubt. Raises BadInput."""
    if text.startswith("s3://"):
        return text.removeprefix("s3://")
    path = Path(text).expanduser()
    if path.exists():
        return path
    if text.startswith((".", "/", "~")):
        raise BadInput(f"There is no file or folder {text}.")
    return text


def _placed(wanted: dict[str, Any], described: Mapping[str, Any]) -> dict[str, Any]:
    somewhere = ("results", "resultsBucket", "snapshotBucket")
    if described.get(PERIOD) and not any(wanted.get(name) for name in somewhere):
        raise BadInput("Snapshots need a place.", "Give --results, or --snapshot-bucket.")
    return wanted


def _results(left: dict[str, Any]) -> str | None:
    bucket, prefix = left.pop("resultBucket", None), left.pop("resultsBucketPrefix", None)
    return f"{bucket}/{prefix}" if bucket and prefix else bucket


def _constants(left: dict[str, Any]) -> dict[str, str]:
    return {one["key"]: one["value"] for one in left.pop("constants", [])}


def _waiting(left: dict[str, Any], after: tuple[str, ...]) -> dict[str, Any]:
    told = left.pop("dependencies", {})
    every = [*told.get("dependsOn", ()), *after]
    advanced = told.get("advancedDependsOn")
    if advanced:
        return {"after": (), "dependencies": {"dependsOn": every, "advancedDependsOn": advanced}}
    return {"after": every}


def _more(left: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Fields of the interface that have no word of their own in the SDK: those given, over those of the file."""
    found = fields.fields(given)
    for name in ("privileges", "retrySettings", "secretsAccessRights"):
        if name in found:
            found[name] = {**left.get(name, {}), **found[name]}
    if "forcedConstants" in found:
        anew = {one["constantName"] for one in found["forcedConstants"]}
        kept = [one for one in left.get("forcedConstants", []) if one.get("constantName") not in anew]
        found["forcedConstants"] = kept + found["forcedConstants"]
    wanted = machines.constraints(given)
    return {**found, "hardwareConstraints": wanted} if wanted else found


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
