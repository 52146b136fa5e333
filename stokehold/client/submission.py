"""What is sent to make a task: the few words of the caller become the fields of the interface."""

import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from stokehold.client.errors import BadInput

PROFILE = "docker-batch"
Command = str | Sequence[str]

#: What `body` has a word for; anything else that a task is submitted with is a field of the interface.
WORDS = frozenset({
    "name", "instances", "profile", "image", "constants", "tags", "labels", "retries", "shortname", "job",
})  # fmt: skip


class Mount(Struct, frozen=True):
    """Inputs: the objects of a bucket under a prefix, which their places do not show."""

    bucket: str
    prefix: str = ""

    @staticmethod
    def parse(text: str) -> "Mount":
        """`bucket` or `bucket/prefix/`."""
        bucket, _, prefix = text.partition("/")
        return Mount(bucket, prefix)

    def body(self) -> dict[str, Any]:
        told: dict[str, Any] = {"bucketName": self.bucket}
        if self.prefix:
            told["filtering"] = {"prefixFiltering": {"prefix": self.prefix}}
            told["resourcesTransformation"] = {"stripPrefix": {"prefix": self.prefix}}
        return told


def body(  # noqa: PLR0913 # each is optional
    command: Command | None, *, name: str = "", instances: int | str = 1, profile: str = "", image: str = "",
    inputs: Iterable[Mount] = (), results: Mount | None = None, constants: Mapping[str, str] | None = None,
    tags: Iterable[str] = (), labels: Mapping[str, str] | None = None, retries: int = 0, shortname: str = "",
    job: str = "", after: Iterable[str] = (), more: Mapping[str, Any] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """A submission. `instances` is a number, or ranges of ids such as `1-3,7`. Raises BadInput."""
    values = {**_image(image), **dict(constants or {})}
    if command is not None:
        values["DOCKER_CMD"] = line(command)
    rest = dict(more or {})
    told: dict[str, Any] = {
        "name": name or default_name(command),
        "profile": profile or (None if rest.get("poolUuid") else PROFILE),
        "constants": [{"key": key, "value": str(value)} for key, value in values.items()],
        "advancedResourceBuckets": [
            *rest.pop("advancedResourceBuckets", ()),
            *(mount.body() for mount in inputs),
        ],
        **_count(instances),
    }
    if results is not None:
        told["resultBucket"] = results.bucket
        if results.prefix:
            told["resultsBucketPrefix"] = results.prefix
    if retries:
        told["retrySettings"] = {"maxPerInstanceRetries": retries}
    wanted = list(after)
    told |= {"dependencies": {"dependsOn": wanted}} if wanted else {}
    optional = {"shortname": shortname, "jobUuid": job, "tags": list(tags), "labels": dict(labels or {})}
    return {**told, **{key: value for key, value in optional.items() if value}, **rest}


def line(command: Command) -> str:
    """A command as one line. Words are quoted, so that the server splits them as they were."""
    return command if isinstance(command, str) else " ".join(map(_word, command))


def default_name(command: Command | None) -> str:
    """The program's name, for tasks that were given none."""
    try:
        words = shlex.split(command) if isinstance(command, str) else list(command or ())
    except ValueError:
        words = []
    first = words[1] if len(words) > 1 and re.match(r"python|bash|sh$|Rscript|julia|node", words[0]) else ""
    name = (first if first and not first.startswith("-") else (words or ["task"])[0]).rpartition("/")[2]
    return name[:100] or "task"


def _word(word: str) -> str:
    # `"` and not `'`: the server replaces references in both, and this reads better in lists
    return word if re.fullmatch(r"[\w@%+=:,./${}-]+", word) else shlex.quote(word)


def _image(image: str) -> dict[str, str]:
    if not image:
        return {}
    repo, separator, tag = image.rpartition(":")
    if not separator or "/" in tag:
        return {"DOCKER_REPO": image, "DOCKER_TAG": "latest"}
    return {"DOCKER_REPO": repo, "DOCKER_TAG": tag}


def _count(instances: int | str) -> dict[str, Any]:
    text = str(instances).strip()
    if text.isascii() and text.isdigit() and int(text) > 0:
        return {"instanceCount": int(text)}
    if re.fullmatch(r"\s*\d+(\s*-\s*\d+)?(\s*,\s*\d+(\s*-\s*\d+)?)*\s*", text) and text != "0":
        return {"advancedRanges": text}
    raise BadInput(f"Instances must be a number above 0, or ranges such as 1-3,7; not {text!r}.")
