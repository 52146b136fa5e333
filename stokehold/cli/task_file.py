"""JSON files that describe tasks: with the fields of the interface, or in the vendor's words."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from stokehold.cli import fields
from stokehold.cli.pairs import listed, pairs
from stokehold.client.errors import BadInput

Fields = dict[str, Any]

#: What the vendor's files call fields of the interface, where it is not the same.
_SAME = {
    "range": "advancedRanges",
    "result": "resultBucket",
    "resources": "resourceBuckets",
    "jobUuidOrShortname": "jobUuid",
    "poolUuidOrShortname": "poolUuid",
    "isDependent": "useDependencies",
    "maximumWallTime": "maxWallTime",
    "whitelist": "resultsWhitelist",
    "blacklist": "resultsBlacklist",
}
_PAIRS = ("constants", "constraints", "labels")


def read(path: Path) -> list[Fields]:
    """A file's submissions, by the names of the interface: one, or those of a list. Raises BadInput."""
    try:
        told = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise BadInput(f"{path} is not JSON: {error}") from None
    every = told if isinstance(told, list) else [told]
    if not every or not all(isinstance(one, dict) for one in every):
        raise BadInput(f"{path} is not a JSON object, and not a list of some.")
    return [_fields(path, one) for one in every]


def read_one(path: Path | None) -> Fields:
    """The submission of a file; of no file, nothing. Raises BadInput."""
    found = read(path) if path else [{}]
    if len(found) > 1:
        raise BadInput(
            f"{path} describes {len(found)} tasks.", "`stoke task create --file` makes them all at once."
        )
    return found[0]


def _fields(path: Path, told: Fields) -> Fields:
    named = {key[:1].lower() + key[1:]: value for key, value in told.items() if value is not None}
    found = {_SAME.get(key, key): value for key, value in named.items()}
    for name in _PAIRS:
        if isinstance(found.get(name), list) and all(isinstance(one, str) for one in found[name]):
            values = pairs(f"{path}: {name}", found[name])
            found[name] = values if name == "labels" else listed(values)
    for name, value in _gathered(found):
        found[name] = {**value, **found.get(name, {})}
    return found


def _gathered(found: Fields) -> Iterator[tuple[str, Fields]]:
    """Fields of fields, which the vendor's files have side by side; they are taken out of `found`."""
    limits = found.pop("maxTotalRetries", None), found.pop("maxRetriesPerInstance", None)
    keys = found.pop("secretsAccessRightsByKey", []), found.pop("secretsAccessRightsByPrefix", [])
    exported = found.pop("exportApiAndStorageCredentialsInEnvironment", None)
    waited_for = found.pop("dependents", [])
    told = {
        "retrySettings": fields.retries(*limits),
        "secretsAccessRights": fields.rights(*keys),
        "privileges": fields.privileges(exported),
        "dependencies": {"dependsOn": waited_for} if waited_for else {},
    }
    yield from ((name, value) for name, value in told.items() if value)
