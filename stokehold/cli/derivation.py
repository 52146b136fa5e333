"""What a task that is made from another one has in another way."""

from typing import TYPE_CHECKING, Any

from stokehold.cli.creation import submission
from stokehold.cli.pairs import listed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stokehold.client import Client, Task


def changes(
    client: "Client", origin: "Task", command: list[str] | None, described: "Mapping[str, Any]"
) -> dict[str, Any]:
    """The fields that were described: constants and labels join those of `origin`. Raises StokeError."""
    given = submission(client, described)
    body = client.body(command, **given)
    for field, said in (
        ("name", given["name"]),
        ("profile", given["profile"]),
        ("instanceCount", given.get("instances")),
        ("advancedResourceBuckets", body["advancedResourceBuckets"]),
        ("constants", body["constants"]),
    ):
        if not said:
            body.pop(field, None)
    return body | _joined(origin, body) | _whole(body)


def _joined(origin: "Task", body: dict[str, Any]) -> dict[str, Any]:
    """Lists of which a user names what is new. The server knows the secrets among the constants by their names."""
    joined: dict[str, Any] = {}
    if "constants" in body:
        there = {one.key: one.value for one in origin.constants}
        joined["constants"] = listed(there | {one["key"]: one["value"] for one in body["constants"]})
    if "labels" in body:
        joined["labels"] = {**origin.labels, **body["labels"]}
    return joined


def _whole(body: dict[str, Any]) -> dict[str, Any]:
    """Another bucket of results is meant without the prefix of the one before."""
    return {"resultsBucketPrefix": body.get("resultsBucketPrefix", "")} if "resultBucket" in body else {}
