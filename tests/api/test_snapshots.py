"""The operations of snapshots, and the refresh of inputs: what is answered, and what is wrong with a call."""

from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from stokehold.domain.protocol import Refreshed, Saved
from stokehold.domain.states import Phase
from stokehold.store import conflicts, nodes, snapshots, tasks
from stokehold.store.database import Database
from tests.api.conftest import BOTH, START, Runner
from tests.api.shelf import Shelf

pytestmark = BOTH

Submit = Callable[..., str]


def running(submit: Submit, runner: Runner, count: int = 1, **fields: Any) -> tuple[str, list[str]]:
    """A task whose instances run, and their tokens."""
    uuid = submit(instanceCount=count, **{"resultBucket": "out", **fields})
    tokens = [lease.token for lease in runner.lease(count)]
    for token in tokens:
        runner.begin(token)
    return uuid, tokens


def order(runner: Runner) -> Any:
    return runner.database.read_now(nodes.commands, runner.node, 0)[-1]


def test_an_instant_snapshot_answers_the_object_and_can_be_asked_for(
    client: TestClient, submit: Submit, runner: Runner
) -> None:
    uuid, [token] = running(submit, runner, snapshotBlacklist="b", resultsBucketPrefix="q/")
    made = client.post(f"/tasks/{uuid}/snapshot", json={"whitelist": "w", "bucket": None}).json()
    assert made == {
        "id": f"snap_{uuid}_20260105100031", "taskUuid": uuid, "triggerDate": "2026-01-05T10:00:31.537708Z",
        "lastUpdateDate": None, "status": "Triggered", "sizeToUpload": None, "transferredSize": None,
        "snapshotConfig": {"whitelist": "w", "blacklist": "b", "bucket": "out", "bucketPrefix": "q/"},
        "periodic": False, "files": 0, "filesLeft": 0,
    }  # fmt: skip
    runner.record(Saved(token, order(runner).snapshot, START, size=9, sent=4))
    path = f"/tasks/{uuid}/snapshot/{made['id']}"
    now = client.get(path).json()
    assert (now["status"], now["sizeToUpload"], now["transferredSize"]) == ("InProgress", 9, 4)
    assert now["lastUpdateDate"] == "2026-01-05T10:00:31.537708Z"
    runner.record(Saved(token, order(runner).snapshot, START, reason="no room", over=True))
    assert client.get(path).json()["error"] == "instance 0: no room"
    assert client.get(path).json()["status"] == "Failure"


def test_a_list_tells_of_all_of_them(client: TestClient, submit: Submit, runner: Runner) -> None:
    uuid, [token] = running(submit, runner)
    path = f"/tasks/{uuid}/snapshots"
    assert client.get(path).json() == []
    first = client.post(f"/tasks/{uuid}/snapshot").json()
    runner.record(Saved(token, order(runner).snapshot, START, size=9, sent=9, files=2, keys=["a"], over=True))
    made = client.get(f"/tasks/{uuid}/snapshot/{first['id']}").json()
    assert client.get(path).json() == [made]
    assert (made["status"], made["files"], made["periodic"]) == ("Success", 2, False)
    assert client.get(path, headers={"authorization": "0ther"}).status_code == 404
    assert client.get("/tasks/nobody/snapshots").status_code == 404


def test_a_body_is_not_needed(client: TestClient, submit: Submit, runner: Runner) -> None:
    uuid, _ = running(submit, runner)
    assert client.post(f"/tasks/{uuid}/snapshot").json()["snapshotConfig"]["bucket"] == "out"


def test_a_bucket_that_is_missing_is_made(
    client: TestClient, submit: Submit, runner: Runner, shelf: Shelf
) -> None:
    uuid, _ = running(submit, runner, snapshotBucket="shots")
    assert {name for _, name in shelf.buckets} == {"out", "shots"}
    client.post(f"/tasks/{uuid}/snapshot", json={"bucket": "new"})
    assert {name for _, name in shelf.buckets} == {"out", "shots", "new"}


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"whitelist": "("}, "whitelist: not a usable regular expression"),
        ({"blacklist": "x" * 2048}, "blacklist: a regular expression has fewer than 2048"),
        ({"bucket": "no bucket"}, "bucket: 'no bucket' is not the name of a bucket"),
        ({"bucketPrefix": 3}, "bucketPrefix: must be a text"),
        ([], "body: must be an object"),
    ],
)
def test_what_is_wrong_is_named(
    client: TestClient, submit: Submit, runner: Runner, body: Any, words: str
) -> None:
    uuid, _ = running(submit, runner)
    for path, extra in (("", {}), ("/periodic", {"interval": 60})):
        sent = {**body, **extra} if isinstance(body, dict) else body
        response = client.post(f"/tasks/{uuid}/snapshot{path}", json=sent)
        assert response.status_code == 400
        assert words in response.json()["message"]


@pytest.mark.parametrize(
    ("interval", "words"),
    [
        (None, "interval: is required"),
        (-1, "interval: must not be negative"),
        ("often", "interval: must be a whole number"),
        (2**31, "interval: must not be larger"),
    ],
)
def test_an_interval_that_is_none_is_refused(
    client: TestClient, submit: Submit, interval: Any, words: str
) -> None:
    uuid = submit(resultBucket="out")
    response = client.post(f"/tasks/{uuid}/snapshot/periodic", json={"interval": interval})
    assert (response.status_code, words in response.json()["message"]) == (400, True)


def test_a_periodic_call_replaces_what_it_says_and_zero_stops(
    client: TestClient, submit: Submit, database: Database
) -> None:
    uuid = submit(resultBucket="out", snapshotWhitelist="w", snapshotBlacklist="b")
    path = f"/tasks/{uuid}/snapshot/periodic"
    assert client.post(path, json={"interval": 3, "whitelist": "v", "bucketPrefix": "p/"}).content == b""
    assert database.read_now(snapshots.next_due) == START + 10_000_000
    task = client.get(f"/tasks/{uuid}").json()
    assert [task[n] for n in ("snapshotInterval", "snapshotWhitelist", "snapshotBlacklist")] == [10, "v", "b"]
    client.post(path, json={"interval": 60, "blacklist": ""})
    task = client.get(f"/tasks/{uuid}").json()
    shown = ("snapshotInterval", "snapshotWhitelist", "snapshotBlacklist", "snapshotBucketPrefix")
    assert [task[name] for name in shown] == [60, "v", "", "p/"]
    client.post(path, json={"interval": 0})
    assert client.get(f"/tasks/{uuid}").json()["snapshotInterval"] == 0
    assert database.read_now(snapshots.next_due) is None


def test_what_does_not_run_has_no_snapshot(client: TestClient, submit: Submit, runner: Runner) -> None:
    uuid = submit(resultBucket="out")
    refused = client.post(f"/tasks/{uuid}/snapshot", json={})
    assert (refused.status_code, "no instance" in refused.json()["message"]) == (403, True)
    runner.run(1)
    assert client.post(f"/tasks/{uuid}/snapshot", json={}).status_code == 403
    assert client.post(f"/tasks/{uuid}/snapshot/periodic", json={"interval": 60}).status_code == 403
    assert client.patch(f"/tasks/{uuid}").status_code == 400


def test_without_any_bucket_there_is_nowhere_to_store(
    client: TestClient, submit: Submit, runner: Runner
) -> None:
    uuid, _ = running(submit, runner, resultBucket=None)
    for path, body in (("", {}), ("/periodic", {"interval": 60})):
        response = client.post(f"/tasks/{uuid}/snapshot{path}", json=body)
        assert response.status_code == 400
        assert response.json()["message"].startswith("bucket: is required")
    assert client.post(f"/tasks/{uuid}/snapshot/periodic", json={"interval": 0}).status_code == 200


def test_what_is_not_there_is_not_found(client: TestClient, submit: Submit, runner: Runner) -> None:
    uuid, _ = running(submit, runner)
    other, _ = running(submit, runner, shortname="other")
    name = client.post(f"/tasks/{uuid}/snapshot").json()["id"]
    assert client.get(f"/tasks/{other}/snapshot/{name}").status_code == 404
    assert client.get(f"/tasks/{uuid}/snapshot/none").status_code == 404
    for method, path in (("POST", "/snapshot"), ("GET", "/snapshot/x"), ("PATCH", "")):
        assert client.request(method, f"/tasks/nobody{path}", json={}).status_code == 404
    theirs = {"authorization": "0ther"}
    assert client.get(f"/tasks/{uuid}/snapshot/{name}", headers=theirs).status_code == 404
    assert client.patch(f"/tasks/{uuid}", headers=theirs).status_code == 404


def test_a_refresh_is_told_by_the_task_and_by_each_instance(
    client: TestClient, submit: Submit, runner: Runner
) -> None:
    uuid, [one, two] = running(submit, runner, 2)
    assert client.patch(f"/tasks/{uuid}").content == b""
    runner.record(Refreshed(one, 1, START), Refreshed(two, 1, START, "no room"))
    task = client.get(f"/tasks/{uuid}").json()
    told = task["status"]["runningInstancesInfo"]["perRunningInstanceInfo"]
    assert task["inputsRevision"] == 1
    assert [(i["inputsRevision"], i.get("inputsError")) for i in told] == [(1, None), (0, "no room")]


def test_a_task_that_is_being_cancelled_takes_neither(
    client: TestClient, submit: Submit, runner: Runner
) -> None:
    uuid, _ = running(submit, runner)
    client.post(f"/tasks/{uuid}/abort")
    assert client.post(f"/tasks/{uuid}/snapshot").status_code == 403
    assert client.patch(f"/tasks/{uuid}").status_code == 400


def test_the_task_shows_what_its_newest_snapshot_stored_and_which_results_were_replaced(
    client: TestClient, submit: Submit, runner: Runner, database: Database
) -> None:
    uuid, [token] = running(submit, runner)
    client.post(f"/tasks/{uuid}/snapshot")
    runner.record(Saved(token, order(runner).snapshot, START, files=1, keys=["d/a"], over=True))
    account = database.read_now(lambda conn: tasks.find(conn, 1, uuid))
    assert account is not None
    database.write_now(conflicts.note, 1, account.id, "same", 0, 3)
    task = client.get(f"/tasks/{uuid}").json()
    assert task["resultsCount"] == 1
    assert task["status"]["runningInstancesInfo"]["snapshotResults"] == [
        "s3://storage.example.org:8081/out/d/a"
    ]
    assert task["resultConflicts"] == {
        "count": 1,
        "keys": [{"key": "same", "replacedInstanceId": 0, "keptInstanceId": 3, "times": 1}],
    }


def test_an_instance_in_upload_takes_part(client: TestClient, submit: Submit, runner: Runner) -> None:
    uuid, [token] = running(submit, runner)
    runner.begin(token, Phase.UPLOAD)
    name = client.post(f"/tasks/{uuid}/snapshot").json()["id"]
    runner.end(token)
    assert client.get(f"/tasks/{uuid}/snapshot/{name}").json()["status"] == "Success"
