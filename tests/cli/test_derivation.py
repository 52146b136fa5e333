from stokehold.client import Client
from tests.cli.conftest import Stoke


def test_what_is_not_said_stays_and_constants_join(stoke: Stoke, client: Client) -> None:
    origin = client.submit(
        "sh -c 'echo $A $B $QARNOT_SECRET_C'", name="origin", instances=2, tags=["derived"], labels={"x": "1"},
        constants={"A": "a", "B": "b", "QARNOT_SECRET_C": "c"}, results="cli-derived/early/",
    ).wait()  # fmt: skip
    words = ["-n", "other", "-c", "B=new", "--label", "y=2", "--results", "cli-derived", "--max-running", "1"]
    made = client.task(stoke("task", "clone", origin.uuid, *words).stdout.strip()).wait()
    assert (made.name, made.total_instance_count, made.tags) == ("other", 2, ["derived"])
    assert made.labels == {"x": "1", "y": "2"}
    assert (made.result_bucket, made.results_bucket_prefix or "") == ("cli-derived", "")
    assert made.answer["maxRunningInstances"] == 1
    assert made.stdout(0) == "a new c\n"
    same = client.task(stoke("task", "clone", origin.uuid).stdout.strip()).wait()
    assert (same.name, same.results_bucket_prefix, same.stdout(1)) == ("origin", "early/", "a b c\n")


def test_another_command_and_other_instances(stoke: Stoke, client: Client) -> None:
    origin = client.submit("false", instances=3, constants={"A": "a"}).wait()
    words = ["-i", "1", "--min-cores", "1", origin.uuid, "--", "sh", "-c", "echo $A"]
    made = client.task(stoke("task", "clone", *words).stdout.strip()).wait()
    assert (made.total_instance_count, made.stdout(0)) == (1, "a\n")
    retried = client.task(stoke("task", "retry", origin.uuid, "--retries", "1", "--", "true").stdout.strip())
    assert retried.wait().succeeded
    assert retried.answer["retrySettings"]["maxPerInstanceRetries"] == 1
