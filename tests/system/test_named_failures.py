"""What goes wrong with an instance has a name: a stable code, and a sentence that its user can act on."""

import re
from pathlib import Path

import pytest
from qarnot.task import Task

from stokehold.domain.errors import table
from tests.system.cluster import Stokehold
from tests.system.servers import SETTINGS, Server, Servers

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of the SDK, about itself

EVERYWHERE = list(SETTINGS)
MEMORY_MB = "64"

#: Doubles a text until it is far larger than the memory; the shell does it, so it works in every image.
HOG = "sh -c 'x=xxxxxxxxxxxxxxxx; while :; do x=$x$x; echo ${#x}; done'"


def check(task: Task, code: str, *words: str) -> None:
    """The task failed with `code`; the sentence is its own, and complete, and says each of `words`."""
    assert task.state == "Failure", (task.state, task.stderr())
    assert [e.code for e in task.errors] == [code], [(e.code, e.message) for e in task.errors]
    message = task.errors[0].message
    assert re.match(_pattern(table()[code].message), message), message
    assert message[0].isupper()
    assert message.endswith(".")
    assert "Traceback" not in message
    for word in words:
        assert word in message
    assert task.completed_instances[0].state == "Failure"


def _pattern(template: str) -> str:
    return re.sub(r"\\{\w+(!r)?\\}", ".+", re.escape(template))


@pytest.mark.parametrize("kind", EVERYWHERE)
def test_an_exit_code_that_is_not_zero(servers: Servers, kind: str) -> None:
    task = servers(kind).run("sh -c 'echo the reason >&2; exit 7'")
    check(task, "STK1001", "exit code 7")
    assert task.stderr() == "0> the reason\n"


@pytest.mark.parametrize("kind", EVERYWHERE)
def test_a_signal(servers: Servers, kind: str) -> None:
    """In a container the first process takes no such signal: a child of it does."""
    check(servers(kind).run("sh -c 'sh -c \"kill -SEGV \\$\\$\"; exit $?'"), "STK1002", "SIGSEGV")


@pytest.mark.parametrize("kind", EVERYWHERE)
@pytest.mark.parametrize("command", ["no-such-program --option", "./no-such-file", "/no/such/place"])
def test_a_command_that_does_not_exist(servers: Servers, kind: str, command: str) -> None:
    check(servers(kind).run(command), "STK1003", command.split()[0])


@pytest.mark.parametrize("kind", EVERYWHERE)
@pytest.mark.parametrize(
    ("command", "words"),
    [("sh -c 'echo", "single quote"), ('sh -c "echo', "double quote"), ("echo \\", "backslash")],
)
def test_quotes_that_are_never_closed(servers: Servers, kind: str, command: str, words: str) -> None:
    check(servers(kind).run(command), "STK1004", words)


@pytest.mark.parametrize("kind", ["process", "bwrap"])
def test_no_command_where_no_image_has_one(servers: Servers, kind: str) -> None:
    check(servers(kind).run(""), "STK1004", "empty")


@pytest.mark.parametrize("kind", EVERYWHERE)
def test_more_memory_than_there_is_for_an_instance(servers: Servers, kind: str) -> None:
    server = servers(kind, STOKE_RUNNER_MEMORY_MB=MEMORY_MB)
    check(server.run(HOG), "STK2001", f"{MEMORY_MB} MB")


def test_an_image_that_cannot_be_had(servers: Servers) -> None:
    server = servers("podman")
    task = server.run("true", DOCKER_SRV="https://127.0.0.1:9", DOCKER_REPO="nobody/nothing", DOCKER_TAG="1")
    check(task, "STK3001", "127.0.0.1:9/nobody/nothing:1")


@pytest.mark.parametrize("name", ["UPPER/Case", "a b", "--privileged"])
def test_an_image_whose_name_is_none(servers: Servers, name: str) -> None:
    check(servers("podman").run("true", DOCKER_REPO=name), "STK3001", "not the name of an image")


def test_an_input_bucket_that_is_gone_when_its_task_is_dispatched(tmp_path: Path) -> None:
    with Stokehold(tmp_path / "data", flags=["--no-runner"]) as stokehold:
        server = Server(stokehold)
        bucket = server.bucket("fleeting")
        bucket.add_string("here today", "news.txt")
        task = server.task("cat news.txt", 3)
        task.resources = [bucket]
        task.submit()
        assert task.state == "Submitted"
        bucket.delete()
        stokehold.end_server()
        stokehold.flags.clear()
        stokehold.restart()
        task = server.ended(stokehold.connection().retrieve_task(task.uuid))
        check(task, "STK3002", "'fleeting'")
        assert task.status.failed_range == "0-2"


def test_an_input_that_would_land_outside_the_job_folder(servers: Servers) -> None:
    server = servers("process")
    bucket = server.bucket()
    bucket._connection.s3client.put_object(Bucket=bucket.uuid, Key="../escaped", Body=b"x")
    bucket._connection.s3client.put_object(Bucket=bucket.uuid, Key="fine", Body=b"y")
    task = server.task("cat fine")
    task.resources = [bucket]
    task.submit()
    task = server.ended(task)
    check(task, "STK3003", "/../escaped")
    assert task.completed_instances[0].execution_attempt_count == 1
    outside = list((server.stokehold.data / "runner").rglob("escaped"))
    assert [path for path in outside if "cache" not in path.parts] == []


def test_a_result_that_vanishes_and_one_that_cannot_be_read_do_no_harm(servers: Servers) -> None:
    """A daemon that removes files while they are collected dies with the program: what is left is stored."""
    server = servers("process")
    task = server.task(
        "sh -c 'mkdir d; ln -s /etc/passwd d/link; ln -s nowhere dangling; mkfifo pipe; echo good >d/good;"
        " for i in $(seq 200); do echo $i >v$i; done; (for i in $(seq 200); do rm -f v$i; done) &'"
    )
    task.results = server.bucket()
    task.submit()
    task = server.ended(task)
    assert (task.state, [e.message for e in task.errors]) == ("Success", [])
    keys = {o.key for o in task.results.list_files()}
    assert {key for key in keys if not key.startswith("v")} == {"d/good"}


def test_a_result_folder_that_the_program_removed_is_no_result(servers: Servers) -> None:
    server = servers("process")
    task = server.task("sh -c 'rm -rf \"$TASK_PATH\"; echo done'")
    task.results = server.bucket()
    task.submit()
    task = server.ended(task)
    assert (task.state, task.stdout()) == ("Success", "0> done\n")
    assert list(task.results.list_files()) == []


def test_one_failed_instance_leaves_the_others_their_results(servers: Servers) -> None:
    server = servers("process")
    task = server.task("sh -c 'echo $INSTANCE_ID >r$INSTANCE_ID; test $INSTANCE_ID != 2'", 5)
    task.results = server.bucket()
    task.submit()
    task = server.ended(task)
    check_states = {c.instance_id: c.state for c in task.completed_instances}
    assert (task.state, check_states[2]) == ("Failure", "Failure")
    assert (task.status.succeeded_range, task.status.failed_range) == ("0-1,3-4", "2")
    assert {o.key for o in task.results.list_files()} >= {"r0", "r1", "r3", "r4"}
    assert [e.code for e in task.errors] == ["STK1001"]
