import json
from pathlib import Path

from stokehold.client import Client
from tests.cli.conftest import Stoke
from tests.waiting import wait_until


def test_tasks_are_listed_as_a_table_or_as_json(stoke: Stoke, client: Client) -> None:
    uuid = client.submit("true", name="listed-here", tags=["lists"]).wait().uuid
    table = stoke("task", "list", "--tag", "lists").stdout
    assert table.split()[0] == "name"
    assert "listed-here" in table
    (row,) = json.loads(stoke("task", "list", "--tag", "lists", "--format", "json").stdout)
    assert (row["uuid"], row["state"], row["tags"]) == (uuid, "Success", ["lists"])
    told = stoke(
        "task", "list", "--tag", "lists", "--select", "uuid,status.executedRange", "--format", "json"
    )
    assert json.loads(told.stdout) == [{"uuid": uuid, "status.executedRange": "0"}]
    assert "there are uuid" in stoke("task", "list", "--tag", "lists", "--select", "colour", expect=2).stderr


def test_json_has_all_that_the_server_tells(stoke: Stoke, client: Client) -> None:
    uuid = client.submit("true").wait().uuid
    told = json.loads(stoke("task", "show", uuid, "--format", "json").stdout)
    assert told.keys() >= client.server.ask(dict, "GET", f"/tasks/{uuid}").keys()
    assert "executionTimeByCpuModel" in told["status"]
    words = ["--select", "autoDeleteOnCompletion,status.downloadTime"]
    chosen = json.loads(stoke("task", "show", uuid, *words, "--format", "json").stdout)
    assert chosen == {"autoDeleteOnCompletion": False, "status.downloadTime": told["status"]["downloadTime"]}
    assert "auto delete on completion" in stoke("task", "show", uuid, *words).stdout
    assert "auto delete on completion" not in stoke("task", "show", uuid).stdout


def test_a_task_is_made_shown_and_its_output_printed(stoke: Stoke, tmp_path: Path) -> None:
    uuid = stoke("task", "create", "-n", "made", "-i", "2", "--results", "cli-made", "--",
                 "sh", "-c", "echo out; echo err >&2; touch r-${INSTANCE_ID}").stdout.strip()  # fmt: skip
    assert stoke("task", "wait", uuid).stdout == f"{uuid} Success\n"
    assert "made" in stoke("task", "info", uuid).stdout
    assert "made" in stoke("task", "info", "--id", uuid).stdout
    assert stoke("task", "logs", uuid, "-i", "1").stdout == "out\n"
    assert stoke("task", "stdout", uuid, "-f", "--instance-id", "0").stdout == "out\n"
    assert stoke("task", "stderr", uuid, "-i", "0").stdout == "err\n"
    assert len(stoke("task", "instances", uuid).stdout.splitlines()) == 3
    assert "made is Success" in stoke("task", "explain", uuid).stdout
    assert "r-1" in stoke("task", "results", uuid).stdout
    assert len(stoke("task", "download", uuid, tmp_path / "r").stdout.splitlines()) == 2


def test_a_list_of_tasks_is_submitted_at_once(stoke: Stoke, client: Client, tmp_path: Path) -> None:
    path = tmp_path / "many.json"
    told = [{"Name": "first", "Constants": ["DOCKER_CMD=true"]}, {"Name": "second", "InstanceCount": 2}]
    path.write_text(json.dumps(told))
    words = ["-t", "at-once", "--periodic", "600", "--snapshot-bucket", "cli-beats"]
    made = stoke("task", "create", "-f", path, *words, "--", "sleep", "600").stdout.split()
    tasks = [client.task(uuid) for uuid in made]
    assert [(task.name, task.total_instance_count) for task in tasks] == [("first", 1), ("second", 2)]
    assert {task.snapshot_interval for task in tasks} == {600}
    assert stoke("task", "delete", "--tag", "at-once", "-y").stdout.count("deleted") == 2
    path.write_text(json.dumps([*told, {"Name": "third", "Profile": "no-such"}]))
    done = stoke("task", "create", "-f", path, "-t", "at-once", "--", "true", expect=4)
    assert len(done.stdout.split()) == 2
    assert "1 of 3 tasks were refused; the first is number 3" in done.stderr


def test_tasks_are_stopped_and_deleted_together(stoke: Stoke, client: Client) -> None:
    made = [client.submit("sleep 600", tags=["doomed"]).uuid for _ in range(2)]
    assert stoke("task", "abort", "--tag", "doomed").stdout.count("stopped") == 2
    stoke("task", "wait", *made, expect=3)
    assert stoke("task", "stop", "--tag", "doomed").stdout == ""
    stoke("task", "stop", made[0], expect=6)
    assert stoke("task", "delete", "--tag", "doomed").stdout.count("deleted") == 2
    wait_until(lambda: not list(client.tasks(tags=["doomed"])))
    stoke("task", "show", made[0], expect=5)


def test_snapshots_are_taken_and_listed(stoke: Stoke, client: Client) -> None:
    task = client.submit("sh -c 'echo 1 > r; echo written; sleep 600'", results="cli-shots")
    wait_until(lambda: task.refresh().state == "FullyExecuting" and task.stdout(0) == "written\n")
    words = ["--bucket", "cli-other", "--prefix", "early/", "--whitelist", "r"]
    assert stoke("task", "snapshot", task.uuid, *words).stdout == f"{task.uuid} snapshot\n"
    listed = json.loads(stoke("task", "snapshots", task.uuid, "--format", "json").stdout)
    assert [one["taskUuid"] for one in listed] == [task.uuid]
    assert listed[0]["id"] in stoke("task", "snapshots", task.uuid).stdout
    assert [one.id for one in task.snapshots()] == [listed[0]["id"]]
    wait_until(lambda: [one.key for one in client.bucket("cli-other").objects()] == ["early/r"])
    task.delete()


def test_tasks_are_made_of_tasks(stoke: Stoke, client: Client) -> None:
    task = client.submit("sh -c 'exit ${INSTANCE_ID}'", instances=2).wait()
    retried = stoke("task", "retry", task.uuid, "-n", "again").stdout.strip()
    assert (client.task(retried).name, list(client.task(retried).ids)) == ("again", [1])
    assert client.task(stoke("task", "clone", task.uuid).stdout.strip()).total_instance_count == 2
    assert client.task(stoke("task", "restart", task.uuid).stdout.strip()).total_instance_count == 2
    assert "clone" in stoke("task", "retry", task.uuid, "-i", "4", expect=4).stderr


def test_tags_and_constants_are_changed(stoke: Stoke, client: Client) -> None:
    task = client.submit("true").wait()
    stoke("task", "update", task.uuid, "-t", "new", "-c", "A=1")
    stoke("task", "update-constant", task.uuid, "--constant-name", "A", "--constant-value", "2")
    assert {"A": "2"}.items() <= {c.key: c.value for c in task.refresh().constants}.items()
    assert task.tags == ["new"]
