"""Snapshots of running tasks through the public SDK: real server, real runner, real programs."""

import itertools
import json
from pathlib import Path
from typing import Any

import pytest
from qarnot.exceptions import MissingTaskException, QarnotGenericException, UnauthorizedException
from qarnot.task import Task

from tests.system.cluster import Stokehold, final
from tests.system.servers import SETTINGS, Server, Servers
from tests.waiting import wait_until

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of the SDK, about itself

EVERYWHERE = list(SETTINGS)

#: Makes files, says so, and goes on until the file `go` is there; a file of its own is in the end result only.
STEPS = (
    "sh -c 'mkdir -p d; echo one >one-$INSTANCE_ID; echo two >d/two-$INSTANCE_ID; echo ready; "
    "until [ -e go ]; do sleep 0.05; done; echo last >last-$INSTANCE_ID'"
)


def begun(server: Server, instances: int = 1, command: str = STEPS, **fields: Any) -> tuple[Task, Any]:
    """A task whose instances all run and have made files, and its input bucket."""
    inputs = server.bucket()
    task = server.task(command, instances)
    task.resources = [inputs]
    if fields.pop("results", True):
        task.results = server.bucket()
    for name, value in fields.items():
        setattr(task, name, value)
    task.submit()
    wait_until(lambda: task.stdout().count("ready") == instances, what="all instances run")
    wait_until(lambda: running(task) == instances, what="the server knows that all run")
    return task, inputs


def running(task: Task) -> int:
    task.update(True)
    return task.running_instance_count


def attempt(server: Server, task: Task) -> int:
    """Which attempt at the first instance that runs; 0: none does."""
    info = told(server, f"/tasks/{task.uuid}").get("status", {}).get("runningInstancesInfo") or {}
    each = [one for one in info.get("perRunningInstanceInfo", []) if one["phase"] == "execution"]
    return each[0]["executionAttemptCount"] if each else 0


def go(task: Task, inputs: Any) -> Task:
    """Let the instances end: an input that is refreshed."""
    inputs.add_string("go", "go")
    task.update_resources()
    return final(task)


def over(task: Task, name: str) -> Any:
    """The snapshot at its end."""

    def ended() -> Any:
        snapshot = task.snapshot_status(name)
        return snapshot if snapshot._status.is_completed else None

    return wait_until(ended, what="the snapshot is over")


def keys(bucket: Any) -> set[str]:
    return {o.key for o in bucket.list_files()}


def body(bucket: Any, key: str) -> bytes:
    data: bytes = bucket._connection.s3client.get_object(Bucket=bucket.uuid, Key=key)["Body"].read()
    return data


def told(server: Server, path: str) -> dict[str, Any]:
    """An answer with the fields that the SDK does not know."""
    response = server.sdk._get(path)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


@pytest.mark.parametrize("kind", EVERYWHERE)
def test_an_instant_snapshot_stores_what_there_is_and_the_program_goes_on(
    servers: Servers, kind: str
) -> None:
    server = servers(kind)
    task, inputs = begun(server, 2)
    name = task.instant()
    assert name.startswith(f"snap_{task.uuid}_")
    snapshot = over(task, name)
    assert str(snapshot._status.status) == "Success"
    assert (snapshot._size_to_upload, snapshot._transferred_size) == (16, 16)
    assert keys(task.results) == {"one-0", "one-1", "d/two-0", "d/two-1"}
    now = told(server, f"/tasks/{task.uuid}")
    assert (now["state"], now["resultsCount"]) == ("FullyExecuting", 1)
    info = now["status"]["runningInstancesInfo"]
    assert sorted(r.partition(f"/{task.results.uuid}/")[2] for r in info["snapshotResults"]) == [
        "d/two-0", "d/two-1", "one-0", "one-1",
    ]  # fmt: skip
    task = go(task, inputs)
    assert task.state == "Success"
    assert keys(task.results) == {"one-0", "one-1", "d/two-0", "d/two-1", "last-0", "last-1"}
    assert told(server, f"/tasks/{task.uuid}")["resultsCount"] == 3


def test_filters_bucket_and_prefix_are_those_of_the_call_then_of_the_task(servers: Servers) -> None:
    server = servers("process")
    task, inputs = begun(server, snapshot_blacklist="two")
    elsewhere = server.bucket()
    assert str(over(task, task.instant())._status.status) == "Success"
    assert keys(task.results) == {"one-0"}
    snapshot = over(task, task.instant("^d/", "none", elsewhere, "now/"))
    assert keys(elsewhere) == {"now/d/two-0"}
    config = snapshot._snapshot_config.to_json()
    assert config == {
        "whitelist": "^d/", "blacklist": "none", "bucket": elsewhere.uuid, "bucketPrefix": "now/",
    }  # fmt: skip
    go(task, inputs)


def test_what_has_not_changed_is_not_stored_again_under_the_same_name(servers: Servers) -> None:
    server = servers("process")
    task, inputs = begun(server)
    assert over(task, task.instant())._size_to_upload == 8
    # A file that was written a moment before may be stored once more: its times do not tell yet.
    wait_until(lambda: over(task, task.instant())._size_to_upload == 0, what="nothing is left to store")
    assert over(task, task.instant(bucket_prefix="again/"))._size_to_upload == 8
    assert keys(task.results) == {"one-0", "d/two-0", "again/one-0", "again/d/two-0"}
    go(task, inputs)


#: Two programs write without a pause: one adds numbered lines, the other writes a whole file over again in place.
BUSY = (
    "sh -c '(i=0; while [ ! -e go ]; do i=$((i+1)); echo line $i; done) >log & "
    "(while [ ! -e go ]; do for c in a b c d; do printf %0999999d 0 | tr 0 $c | dd of=page conv=notrunc 2>/dev/null; "
    "done; done) & until [ -s log ] && [ -s page ]; do sleep 0.05; done; echo ready; wait'"
)


def test_a_file_that_is_written_all_the_time_is_stored_as_it_was_at_one_moment_or_left(
    servers: Servers,
) -> None:
    server = servers("process")
    task, inputs = begun(server, command=BUSY)
    lengths = []
    for number in range(3):
        name = task.instant(bucket_prefix=f"{number}/")
        snapshot = over(task, name)
        assert str(snapshot._status.status) == "Success"
        left = told(server, f"/tasks/{task.uuid}/snapshot/{name}")["filesLeft"]
        stored = keys(task.results) & {f"{number}/log", f"{number}/page"}
        assert len(stored) + left == 2
        if f"{number}/log" in stored:
            lines = body(task.results, f"{number}/log").decode().split("\n")
            whole = [f"line {i}" for i in range(1, len(lines))]
            assert lines[:-1] == whole, "every line up to the moment is there, and whole"
            lengths.append(len(lines))
        if f"{number}/page" in stored:
            page = body(task.results, f"{number}/page")
            changes = sum(a != b for a, b in itertools.pairwise(page))
            assert changes <= 1, "what was written over from its beginning is new, then old"
    assert lengths == sorted(lengths)
    assert lengths
    go(task, inputs)


def test_a_snapshot_of_what_does_not_run_is_refused(servers: Servers) -> None:
    server = servers("process")
    task = server.task("true")
    task.results = server.bucket()
    task.submit()
    final(task)
    with pytest.raises(UnauthorizedException, match="no instance of the task is running"):
        task.instant()
    with pytest.raises(UnauthorizedException, match="non-running task"):
        task.snapshot(60)
    with pytest.raises(MissingTaskException, match="No such snapshot"):
        task.snapshot_status(f"snap_{task.uuid}_20260105100300")
    with pytest.raises(QarnotGenericException, match="while the task is running"):
        task.update_resources()


def test_without_any_bucket_the_call_says_what_is_missing(servers: Servers) -> None:
    server = servers("process")
    task, inputs = begun(server, results=False)
    with pytest.raises(QarnotGenericException, match="neither a snapshot bucket nor a result bucket"):
        task.instant()
    with pytest.raises(ValueError, match="30"):
        task.snapshot(30)
    bucket = server.bucket()
    assert str(over(task, task.instant(bucket=bucket))._status.status) == "Success"
    assert keys(bucket) == {"one-0", "d/two-0"}
    go(task, inputs)


def test_periodic_snapshots_come_by_themselves_and_survive_a_restart_of_the_server(tmp_path: Path) -> None:
    with Stokehold(tmp_path / "data") as stokehold:
        server = Server(stokehold)
        task, inputs = begun(server)
        task.snapshot(1)
        task.update(True)
        assert task.snapshot_interval == 10
        stokehold.kill_server()
        stokehold.restart()
        server = Server(stokehold)
        wait_until(lambda: keys(task.results) == {"one-0", "d/two-0"}, what="a snapshot was taken")
        wait_until(lambda: told(server, f"/tasks/{task.uuid}")["resultsCount"] >= 1, what="it counts")
        task.snapshot(0)
        task.update(True)
        assert task.snapshot_interval == 0
        go(task, inputs)


def test_snapshots_chosen_before_the_submission_begin_with_it(servers: Servers) -> None:
    server = servers("process")
    task = server.task("sh -c 'until [ -e go ]; do sleep 0.05; done'")
    inputs = server.bucket()
    task.resources, task.results = [inputs], server.bucket()
    task.snapshot(3600)
    task.submit()
    if task.snapshot_interval != 3600:  # the SDK sends it with `run` only
        task.snapshot(3600)
        task.update(True)
    assert task.snapshot_interval == 3600
    wait_until(lambda: running(task) == 1, what="it runs")
    go(task, inputs)


BIG = 40_000_000


@pytest.mark.parametrize("victim", ["server", "runner", "server+runner"])
def test_a_kill_during_a_snapshot_does_not_end_it(tmp_path: Path, victim: str) -> None:
    """SIGKILL the moment it was asked for: it is carried out all the same, once."""
    with Stokehold(tmp_path / "data") as stokehold:
        server = Server(stokehold)
        grow = f"head -c {BIG} /dev/zero >big; echo ready; until [ -e go ]; do sleep 0.05; done"
        task, inputs = begun(server, command=f"sh -c '{grow}'")
        name = task.instant()
        if "runner" in victim:
            assert stokehold.kill_runner()
        if "server" in victim:
            stokehold.kill_server()
            stokehold.restart()
        task = Server(stokehold).sdk.retrieve_task(task.uuid)
        snapshot = over(task, name)
        assert str(snapshot._status.status) == "Success"
        assert {o.key: o.size for o in task.results.list_files()} == {"big": BIG}
        assert told(server, f"/tasks/{task.uuid}")["resultsCount"] == 1
        task = go(task, inputs)
        assert [i.execution_attempt_count for i in task.completed_instances] == [1]


def test_a_snapshot_of_an_instance_whose_node_is_lost_fails_and_says_so(tmp_path: Path) -> None:
    with Stokehold(tmp_path / "data") as stokehold:
        server = Server(stokehold)
        grow = f"head -c {BIG} /dev/zero >big; echo ready; until [ -e go ]; do sleep 0.05; done"
        task, inputs = begun(server, command=f"sh -c '{grow}'")
        name = task.instant()
        stokehold.kill_runner()
        stokehold.kill_keeper()
        snapshot = over(task, name)
        answer = told(server, f"/tasks/{task.uuid}/snapshot/{name}")
        if str(snapshot._status.status) == "Failure":  # else it was quicker than the kill
            assert answer["error"].startswith("instance 0: its node was lost")
        wait_until(lambda: attempt(server, task) == 2, what="it runs again")
        go(task, inputs)


@pytest.mark.parametrize("kind", EVERYWHERE)
def test_refreshed_inputs_arrive_are_told_and_are_no_results(servers: Servers, kind: str) -> None:
    server = servers(kind)
    wait_for = "until [ -e {0} ]; do sleep 0.05; done; "
    script = (
        "echo ready; "
        + wait_for.format("new/second")
        + "cat first new/second; echo x >>first; "
        + (wait_for.format("go") + "ls")
    )
    inputs = server.bucket()
    inputs.add_string("1\n", "first")
    inputs.add_string("gone\n", "third")
    task = server.task(f"sh -c '{script}'")
    task.resources, task.results = [inputs], server.bucket()
    task.submit()
    wait_until(lambda: "ready" in task.stdout() and running(task) == 1, what="it runs")
    inputs.add_string("changed\n", "first")
    inputs.add_string("2\n", "new/second")
    inputs.delete_file("third")
    task.update_resources()
    wait_until(lambda: "2" in task.stdout(), what="the new input was read")
    assert task.stdout() == "0> ready\n0> changed\n0> 2\n"
    assert told(server, f"/tasks/{task.uuid}")["inputsRevision"] == 1

    def arrived() -> bool:
        info = told(server, f"/tasks/{task.uuid}")["status"]["runningInstancesInfo"]
        return info["perRunningInstanceInfo"][0]["inputsRevision"] == 1

    wait_until(arrived, what="the arrival is told")
    task = go(task, inputs)
    assert task.state == "Success"
    assert "third" in task.stdout(), "what was deleted from the bucket stays"
    assert keys(task.results) == {"first"}, "only what the program has changed since is a result"


def test_a_refresh_that_cannot_be_had_says_why(servers: Servers) -> None:
    server = servers("process")
    task, inputs = begun(server)
    name = inputs.uuid
    inputs.delete()
    task.update_resources()

    def why() -> str:
        info = told(server, f"/tasks/{task.uuid}")["status"]["runningInstancesInfo"]
        return str(info["perRunningInstanceInfo"][0].get("inputsError", ""))

    assert f"'{name}' no longer exists" in wait_until(why, what="the reason is told")
    go(task, server.bucket(name))


def test_the_same_name_from_several_instances_is_reported(servers: Servers) -> None:
    server = servers("process")
    task = server.task("sh -c 'echo $INSTANCE_ID >same; echo $INSTANCE_ID >own-$INSTANCE_ID'", 3)
    task.results = server.bucket()
    task.submit()
    task = final(task)
    conflicts = told(server, f"/tasks/{task.uuid}")["resultConflicts"]
    assert conflicts["count"] == 2
    [one] = conflicts["keys"]
    assert (one["key"], one["times"]) == ("same", 2)
    kept = body(task.results, "same").decode().strip()
    assert str(one["keptInstanceId"]) == kept
    assert one["replacedInstanceId"] != one["keptInstanceId"]


def test_names_of_their_own_and_a_second_run_are_no_conflict(servers: Servers) -> None:
    server = servers("process")
    bucket = server.bucket()
    for _ in range(2):
        task = server.task("sh -c 'echo x >own-$INSTANCE_ID'", 3)
        task.results = bucket
        task.submit()
        final(task)
        assert "resultConflicts" not in told(server, f"/tasks/{task.uuid}")


def test_a_filter_that_its_constants_break_fails_before_the_program_runs(servers: Servers) -> None:
    server = servers("process")
    task = server.task("echo it ran", WANTED="(")
    task.results = server.bucket()
    task.results_whitelist = "^${WANTED}"
    task.submit()
    task = final(task)
    assert [e.code for e in task.errors] == ["STK3004"]
    assert "whitelist of the results" in task.errors[0].message
    assert task.stdout() == ""
    assert json.dumps(task.errors[0].message).isascii()


def test_constants_in_the_filters_of_results_and_snapshots_are_filled_in(servers: Servers) -> None:
    server = servers("process")
    task, inputs = begun(
        server, 2, snapshot_whitelist="^one-${INSTANCE_ID}$", results_blacklist="two-${INSTANCE_ID}"
    )
    assert str(over(task, task.instant())._status.status) == "Success"
    assert keys(task.results) == {"one-0", "one-1"}
    go(task, inputs)
    assert keys(task.results) == {"one-0", "one-1", "last-0", "last-1"}
