"""A secret constant is nowhere but in the environment of the programs that it is for."""

import hashlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.system.cluster import TASK_S, commands
from tests.system.servers import Server, Servers
from tests.waiting import wait_until

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of the SDK, about itself

KINDS = ["process", "bwrap", "podman"]

#: Proves that it has the secret without telling it, then stays until a file is there.
SCRIPT = (
    ': >waiting; printf %s "$QARNOT_SECRET_KEY" | sha256sum; printf %s "$ALIAS" | sha256sum;'
    " until [ -e go ]; do sleep 0.05; done; exit ${CODE:-0}"
)


@pytest.fixture
def secret() -> str:
    """One that no earlier run of this test has left anywhere."""
    return f"s3cr3t-{secrets.token_hex(8)}"


def leaks(server: Server, secret: str) -> list[str]:
    """Where the secret is in clear: files of the data folder, and command lines of this machine."""
    return [*_files(server.stokehold.data, secret.encode()), *_lines(secret)]


def _files(folder: Path, secret: bytes) -> Iterator[str]:
    for place, folders, files in os.walk(folder):  # which passes over a folder that has gone
        for path in (Path(place, name) for name in (*folders, *files)):
            try:
                if secret in os.fsencode(path.name) or (path.is_file() and secret in path.read_bytes()):
                    yield str(path)
            except FileNotFoundError:
                continue  # it came and went


def _lines(secret: str) -> Iterator[str]:
    for process, words in commands():
        if any(secret in word for word in words):
            yield f"{process.pid}: {words}"


@pytest.mark.parametrize("kind", KINDS)
def test_a_secret_is_in_no_file_and_no_command_line(servers: Servers, kind: str, secret: str) -> None:
    server = servers(kind)
    proof = hashlib.sha256(secret.encode()).hexdigest()
    lines = (
        {"TWO_LINES": "1\n${QARNOT_SECRET_KEY}"} if kind == "podman" else {}
    )  # they travel another way there
    task = server.submit(
        f"sh -c '{SCRIPT}'", 2, QARNOT_SECRET_KEY=secret, ALIAS="${QARNOT_SECRET_KEY}", **lines
    )
    wait_until(lambda: task.stdout().count(proof) == 4, TASK_S, "both instances have the secret, twice")
    assert leaks(server, secret) == []
    server.let_go("waiting")
    server.ended(task)
    assert task.state == "Success", task.errors
    assert task.constants["QARNOT_SECRET_KEY"] == "[SECRET]"
    assert leaks(server, secret) == []
    server.sdk.retrieve_task(task.uuid).delete()
    assert leaks(server, secret) == []


def test_a_restarted_runner_has_the_secrets_of_its_programs_again_and_writes_them_nowhere(
    servers: Servers, secret: str
) -> None:
    """It uploads what a filter made of the secret lets through: it knows the secret."""
    server = servers("process", STOKE_RUNNER_SLOTS="1")
    task = server.task(f"sh -c 'echo x >wanted-$QARNOT_SECRET_KEY; echo y >other; {SCRIPT}'", 1)
    task.constants["QARNOT_SECRET_KEY"] = secret
    task.results_whitelist = "^wanted-${QARNOT_SECRET_KEY}$"
    task.results = server.bucket()
    task.submit()
    wait_until(lambda: task.stdout().count("\n") == 2, TASK_S, "it runs")
    assert server.stokehold.kill_runner()
    wait_until(server.stokehold.runners, TASK_S, "another runner")
    files = [path for path in _files(server.stokehold.data, secret.encode()) if "/jobs/" not in path]
    assert (files, list(_lines(secret))) == ([], [])
    server.let_go("waiting")
    server.ended(task)
    assert [o.key for o in task.results.list_files()] == [f"wanted-{secret}"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("code", "constants"),
    [
        ("STK1003", {"DOCKER_CMD": "${QARNOT_SECRET_KEY} x"}),
        ("STK1003", {"DOCKER_CMD": "/bin/${QARNOT_SECRET_KEY}"}),
        ("STK1004", {"DOCKER_CMD": "sh -c '${QARNOT_SECRET_KEY}"}),
        ("STK3001", {"DOCKER_CMD": "true", "DOCKER_REPO": "${QARNOT_SECRET_KEY} no image"}),
        ("STK3001", {"DOCKER_CMD": "true", "QARNOT_SECRET__DOCKER_REPO": "${QARNOT_SECRET_KEY} no image"}),
    ],
)
def test_a_failure_does_not_tell_the_secret(
    servers: Servers, kind: str, code: str, constants: dict[str, str], secret: str
) -> None:
    if code == "STK3001" and kind != "podman":
        pytest.skip("no image, nothing to name")
    server = servers(kind)
    task = server.run("", **{"QARNOT_SECRET_KEY": secret, **constants})
    assert [error.code for error in task.errors] == [code], task.errors
    answer = server.sdk._get(f"/tasks/{task.uuid}").text
    assert secret not in answer
    assert list(_lines(secret)) == []
    assert [path for path in _files(server.stokehold.data, secret.encode()) if kind != "podman"] == []


def test_a_snapshot_that_fails_does_not_tell_the_secret_of_its_filter(servers: Servers, secret: str) -> None:
    server = servers("process")
    task = server.task(f"sh -c '{SCRIPT}'", QARNOT_SECRET_KEY=f"{secret}(")
    task.results = server.bucket()
    task.submit()
    wait_until(lambda: task.stdout().count("\n") == 2, TASK_S, "it runs")
    path = f"/tasks/{task.uuid}/snapshot"
    made = server.sdk._post(path, {"whitelist": "${QARNOT_SECRET_KEY}"}).json()
    told = wait_until(lambda: _over(server, f"{path}/{made['id']}"), TASK_S, "the snapshot is over")
    assert secret not in told
    assert "${QARNOT_SECRET_KEY}" in told  # the filter as its owner wrote it
    assert leaks(server, secret) == []
    server.let_go("waiting")
    server.ended(task)


def _over(server: Server, path: str) -> str:
    told: str = server.sdk._get(path).text
    return told if '"Failure"' in told else ""


def test_the_sdk_keeps_and_replaces_secrets(servers: Servers, secret: str) -> None:
    """Instances that begin later have the new value; what comes back as it was shown is kept."""
    # A server of this test alone: a runner that has seen short work takes the next instance before its slot is free.
    server = servers("process", STOKE_RUNNER_SLOTS="1", STOKE_RUNNER_GRACE_S="0.9")
    gate = server.submit(f"sh -c '{SCRIPT}'")
    wait_until(lambda: gate.stdout().count("\n") == 2, TASK_S, "the only slot is taken")
    show = 'sh -c \'printf "%s " "$QARNOT_SECRET_A" "$QARNOT_SECRET_B" | sha256sum\''
    task = server.submit(show, QARNOT_SECRET_A=secret, QARNOT_SECRET_B="old")
    task = server.sdk.retrieve_task(task.uuid)
    task.constants["QARNOT_SECRET_B"] = "new"
    task.commit()
    server.let_go("waiting")
    server.ended(task)
    assert hashlib.sha256(f"{secret} new ".encode()).hexdigest() in task.stdout()
    assert dict(task.constants)["QARNOT_SECRET_B"] == "[SECRET]"
