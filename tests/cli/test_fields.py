from stokehold.cli.fields import rights
from stokehold.client import Client
from tests.cli.conftest import Stoke

FIELDS = (
    "--force-constant", "F=1", "--retries", "2", "--max-total-retries", "3", "--max-queue", "900", "--max-running", "2",
    "--ttl", "1.00:00:00", "--auto-delete", "--cache-ttl", "60", "--scheduling", "onDemand", "--whitelist", "w",
    "--blacklist", "b", "--results-on-cancel", "--snapshot-whitelist", "sw", "--snapshot-blacklist", "sb",
    "--export-credentials-to-env", "--label", "team=red",
)  # fmt: skip


def test_every_field_reaches_the_server(stoke: Stoke, client: Client) -> None:
    uuid = stoke("task", "create", *FIELDS, "--", "true").stdout.strip()
    told = client.server.ask(dict, "GET", f"/tasks/{uuid}")
    assert told["forcedConstants"][0]["forcedValue"] == "1"
    assert told["retrySettings"] == {"maxTotalRetries": 3, "maxPerInstanceRetries": 2}
    assert (told["maxTimeQueueSeconds"], told["maxRunningInstances"]) == (900, 2)
    assert (told["autoDeleteOnCompletion"], told["defaultResourcesCacheTTLSec"]) == (True, 60)
    assert (told["resultsWhitelist"], told["resultsBlacklist"]) == ("w", "b")
    assert (told["snapshotWhitelist"], told["snapshotBlacklist"]) == ("sw", "sb")
    assert (told["uploadResultsOnCancellation"], told["schedulingType"]) == (True, "onDemand")
    assert told["privileges"] == {"exportApiAndStorageCredentialsInEnvironment": True}
    assert told["labels"] == {"team": "red"}


def test_snapshots_are_taken_from_the_beginning(stoke: Stoke, client: Client) -> None:
    words = ["--periodic", "3600", "--snapshot-bucket", "cli-beats", "--snapshot-prefix", "p/"]
    task = client.task(stoke("task", "create", *words, "--", "sleep", "600").stdout.strip())
    assert task.snapshot_interval == 3600
    told = client.server.ask(dict, "GET", f"/tasks/{task.uuid}")
    assert (told["snapshotBucket"], told["snapshotBucketPrefix"]) == ("cli-beats", "p/")
    task.delete()
    assert "--snapshot-bucket" in stoke("task", "create", "--periodic", "60", "--", "true", expect=2).stderr


def test_a_life_without_a_unit_is_asked_about(stoke: Stoke) -> None:
    assert "--cache-ttl 3600" in stoke("run", "--ttl", "3600", "--", "true", expect=2).stderr


def test_what_the_server_does_not_have_is_said(stoke: Stoke) -> None:
    stoke("task", "create", "--pool", "p", "--", "true", expect=8)
    stoke("task", "create", "--secrets-access-rights-by-key", "k", "--", "true", expect=8)
    assert rights(["k"], []) == {"bySecret": [{"key": "k"}], "byPrefix": []}
