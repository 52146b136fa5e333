"""The options that describe a task, for the commands that make one."""

import json
from collections.abc import Callable, Iterable
from functools import wraps
from pathlib import Path
from typing import Any

import click

from stokehold.client.errors import BadInput

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
    click.option("--constraint", "--constraints", "constraints", multiple=True, metavar="KEY=VALUE", hidden=True),
    click.option("-t", "--tag", "--tags", "tags", multiple=True, help="Tag; may be given again."),
    click.option("-s", "--shortname", help="Short name, unique among your tasks."),
    click.option("--job", help="Job that the task belongs to."),
    click.option("-d", "--after", "--dependents", "after", multiple=True, metavar="TASK", help="Start after TASK."),
    click.option("--retries", "--max-retries-per-instance", "retries", type=click.IntRange(0), default=0,
                 help="How often an instance that failed is tried again."),
    click.option("--max-total-retries", type=click.IntRange(0), help="The same for all instances together."),
    click.option("--max-queue", type=click.IntRange(1), metavar="SECONDS", help="Longest time in the queue."),
    click.option("--ttl", metavar="[D.]HH:MM:SS", help="Forget the task so long after its end."),
    click.option("--scheduling", "--scheduling-type", type=click.Choice(["flex", "onDemand", "reserved"], False)),
    click.option("--whitelist", metavar="REGEX", help="Results to keep."),
    click.option("--blacklist", metavar="REGEX", help="Results to leave."),
    click.option("--min-cores", "--min-core-count", type=int, metavar="N", help="Machines with so many cores."),
    click.option("--min-ram", type=int, metavar="MB", help="Machines with so much memory."),
    click.option("--cpu-model", help="Machines with this CPU."),
    click.option("-f", "--file", type=click.Path(exists=True, dir_okay=False, path_type=Path),
                 help="JSON with any fields of a submission; options win."),
)  # fmt: skip

#: What the vendor's JSON files call fields of the interface, where it is not the same.
_OF_FILES = {"range": "advancedRanges", "result": "resultBucket", "resources": "resourceBuckets"}


def describing(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command `described`: keyword arguments of `Client.submit`."""

    @wraps(command)
    def wrapped(*args: Any, **rest: Any) -> Any:
        names = {option.name for option in described_parameters()}
        given = {name: rest.pop(name) for name in names if name in rest}
        return command(*args, described=described(**given), **rest)

    for option in reversed(_OPTIONS):
        wrapped = option(wrapped)
    return wrapped


def described_parameters() -> list[click.Parameter]:
    """The options of a description."""

    @click.command()
    def bare() -> None: ...

    for option in reversed(_OPTIONS):
        option(bare)
    return bare.params


def described(**given: Any) -> dict[str, Any]:
    """What was given on the command line and in the file, as `Client.submit` takes it. Raises BadInput."""
    told = _file(given.pop("file", None))
    if given["instances"] and given["ranges"]:
        raise BadInput("Give --instances or --range, not both.")
    instances = given.pop("ranges") or given.pop("instances") or told.pop("instanceCount", None)
    options: dict[str, Any] = {"instances": instances or told.pop("advancedRanges", None) or 1}
    for name in ("name", "profile", "shortname"):
        options[name] = given[name] or told.pop(name, None) or ""
    options |= {name: given[name] or "" for name in ("image", "job")}
    options |= {"tags": given["tags"] or told.pop("tags", None) or (), "after": given["after"]}
    options |= {"retries": given["retries"], "results": given["results"] or told.pop("resultBucket", None)}
    constants = {one["key"]: one["value"] for one in told.pop("constants", [])}
    options["constants"] = {**constants, **pairs("--constant", given["constants"])}
    options["labels"] = pairs("--label", given["labels"])
    named = [*told.pop("resourceBuckets", ()), *given["inputs"]]
    options["inputs"] = [where(text) for text in named]
    return {**options, **told, **_more(given)}


def pairs(option: str, texts: Iterable[str]) -> dict[str, str]:
    """KEY=VALUE, several times. Raises BadInput."""
    found = [text.partition("=") for text in texts]
    wrong = next((key for key, separator, _ in found if not separator or not key), None)
    if wrong is not None:
        raise BadInput(f"{option} takes KEY=VALUE, not {wrong!r}.")
    return {key: value for key, _, value in found}


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


def _more(given: dict[str, Any]) -> dict[str, Any]:
    """Fields of the interface that have no word of their own in the SDK."""
    more: dict[str, Any] = {
        "maxTimeQueueSeconds": given["max_queue"],
        "completionTimeToLive": given["ttl"],
        "schedulingType": given["scheduling"],
        "resultsWhitelist": given["whitelist"],
        "resultsBlacklist": given["blacklist"],
        "constraints": [
            {"key": k, "value": v} for k, v in pairs("--constraint", given["constraints"]).items()
        ],
        "hardwareConstraints": _hardware(given),
    }
    if given["max_total_retries"] is not None:
        retries = {
            "maxTotalRetries": given["max_total_retries"],
            "maxPerInstanceRetries": given["retries"] or None,
        }
        more["retrySettings"] = {key: value for key, value in retries.items() if value is not None}
    return {key: value for key, value in more.items() if value}


def _hardware(given: dict[str, Any]) -> list[dict[str, Any]]:
    asked = [
        ("MinimumCoreHardwareConstraint", "coreCount", given["min_cores"]),
        ("MinimumRamHardwareConstraint", "minimumMemoryMB", given["min_ram"]),
        ("CpuModelHardwareConstraint", "cpuModel", given["cpu_model"]),
    ]
    return [{"discriminator": kind, field: value} for kind, field, value in asked if value]


def _file(path: Path | None) -> dict[str, Any]:
    """A JSON file's fields, by the names of the interface. Raises BadInput."""
    if path is None:
        return {}
    try:
        told = json.loads(path.read_text())
        found = {key[:1].lower() + key[1:]: value for key, value in told.items() if value is not None}
    except (ValueError, AttributeError) as error:
        raise BadInput(f"{path} is not a JSON object: {error}") from None
    found = {_OF_FILES.get(key, key): value for key, value in found.items()}
    for name in ("constants", "constraints"):
        if name in found and found[name] and isinstance(found[name][0], str):
            found[name] = [{"key": k, "value": v} for k, v in pairs(f"{path}: {name}", found[name]).items()]
    return found
