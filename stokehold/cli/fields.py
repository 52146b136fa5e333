"""The options that are fields of a submission as they are: all but its command, instances, files and machines."""

from collections.abc import Mapping
from typing import Any

import click

from stokehold.cli.pairs import listed, pairs
from stokehold.client.errors import BadInput

OPTIONS = (
    click.option("--force-constant", "--forced-constant", "forced", multiple=True, metavar="KEY=VALUE",
                 help="A constant that is so whatever the profile says."),
    click.option("--constraint", "--constraints", "constraints", multiple=True, metavar="KEY=VALUE", hidden=True),
    click.option("--retries", "--max-retries-per-instance", "retries", type=click.IntRange(0),
                 help="How often an instance that failed is tried again.  [default: 0]"),
    click.option("--max-total-retries", type=click.IntRange(0), help="The same for all instances together."),
    click.option("--max-queue", type=click.IntRange(1), metavar="SECONDS", help="Longest time in the queue."),
    click.option("--max-running", type=click.IntRange(1), metavar="N", help="At most so many instances at once."),
    click.option("--ttl", metavar="[D.]HH:MM:SS", help="Forget the task so long after its end."),
    click.option("--auto-delete", is_flag=True, default=None,
                 help="Once it has ended, forget it when the quota of tasks is reached."),
    click.option("--cache-ttl", type=click.IntRange(0), metavar="SECONDS",
                 help="How long nodes may keep its inputs."),
    click.option("--scheduling", "--scheduling-type", type=click.Choice(["flex", "onDemand", "reserved"], False)),
    click.option("--machine-target", metavar="KEY", help="With --scheduling reserved: the key of the machines."),
    click.option("--reservation", metavar="NAME", help="With --scheduling reserved: the name of the reservation."),
    click.option("--whitelist", metavar="REGEX", help="Results to keep."),
    click.option("--blacklist", metavar="REGEX", help="Results to leave."),
    click.option("--results-on-cancel", is_flag=True, default=None, help="Store results of a cancelled task too."),
    click.option("--snapshot-every", "--periodic", type=click.IntRange(1), metavar="SECONDS",
                 help="Store what instances have made every so many seconds."),
    click.option("--snapshot-whitelist", metavar="REGEX", help="What snapshots keep."),
    click.option("--snapshot-blacklist", metavar="REGEX", help="What snapshots leave."),
    click.option("--snapshot-bucket", metavar="BUCKET", help="Where snapshots go, if not to the results."),
    click.option("--snapshot-prefix", metavar="PREFIX", help="Put before the keys of snapshots."),
    click.option("--export-credentials", "--export-credentials-to-env", "exported", is_flag=True, default=None,
                 help="Let the program speak for you: your credentials are in its environment."),
    click.option("--secret", "--secrets-access-rights-by-key", "secret_keys", multiple=True, hidden=True),
    click.option("--secrets", "--secrets-access-rights-by-prefix", "secret_prefixes", multiple=True, hidden=True),
    click.option("--pool", hidden=True),
    click.option("--wait-for-resources-synchronization", "synchronized", is_flag=True, default=None, hidden=True),
)  # fmt: skip

#: By the name of an option: the field whose value it is.
_SAME = {
    "max_queue": "maxTimeQueueSeconds",
    "max_running": "maxRunningInstances",
    "ttl": "completionTimeToLive",
    "auto_delete": "autoDeleteOnCompletion",
    "cache_ttl": "defaultResourcesCacheTTLSec",
    "scheduling": "schedulingType",
    "machine_target": "targetedReservedMachineKey",
    "reservation": "targetedReservationName",
    "whitelist": "resultsWhitelist",
    "blacklist": "resultsBlacklist",
    "results_on_cancel": "uploadResultsOnCancellation",
    "snapshot_every": "snapshotPeriodicSec",
    "snapshot_whitelist": "snapshotWhitelist",
    "snapshot_blacklist": "snapshotBlacklist",
    "snapshot_bucket": "snapshotBucket",
    "snapshot_prefix": "snapshotBucketPrefix",
    "pool": "poolUuid",
    "synchronized": "waitForPoolResourcesSynchronization",
}


def fields(given: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that were given. Raises BadInput."""
    if (given["ttl"] or "").isdigit():
        raise BadInput(
            f"--ttl {given['ttl']} could be days or seconds, of the task or of its inputs.",
            f"Say --ttl 1.00:00:00 for a day after the task's end, or --cache-ttl {given['ttl']} for inputs.",
        )
    found: dict[str, Any] = {field: given[name] for name, field in _SAME.items()}
    found["constraints"] = listed(pairs("--constraint", given["constraints"]))
    found["forcedConstants"] = forced(pairs("--force-constant", given["forced"]))
    found["privileges"] = privileges(given["exported"])
    found["retrySettings"] = retries(given["max_total_retries"], given["retries"])
    found["secretsAccessRights"] = rights(given["secret_keys"], given["secret_prefixes"])
    return {field: value for field, value in found.items() if value not in (None, [], {}, "")}


def forced(values: Mapping[str, str]) -> list[dict[str, str]]:
    """Constants that nobody changes."""
    return listed(values, "constantName", "forcedValue")


def privileges(exported: bool | None) -> dict[str, Any]:
    """What the program may know of its owner."""
    return {} if exported is None else {"exportApiAndStorageCredentialsInEnvironment": exported}


def retries(of_task: int | None, of_instance: int | None) -> dict[str, int]:
    """How often what failed is tried again."""
    told = {"maxTotalRetries": of_task, "maxPerInstanceRetries": of_instance}
    return {field: value for field, value in told.items() if value is not None}


def rights(keys: "list[str] | tuple[str, ...]", prefixes: "list[str] | tuple[str, ...]") -> dict[str, Any]:
    """The secrets that the program may read."""
    if not keys and not prefixes:
        return {}
    return {"bySecret": [{"key": key} for key in keys], "byPrefix": [{"prefix": text} for text in prefixes]}
