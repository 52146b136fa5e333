"""The contract of `stoke serve`, with the server's real process."""

import json
import os
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import boto3
import httpx2
import psutil
import pytest
from botocore.config import Config

from stokehold import __version__
from stokehold.domain.states import FINAL
from stokehold.runner import processes
from tests.waiting import DEADLINE_S, wait_until

ROOT = Path(__file__).parent.parent
STOKE = [sys.executable, "-m", "stokehold"]


class Server:
    """`stoke serve` on free ports, with its output."""

    def __init__(self, data: Path, *flags: str, **variables: str) -> None:
        self.data = data
        env = {name: value for name, value in os.environ.items() if not name.startswith("STOKE_")}
        command = [*STOKE, "serve", "--data", str(data), "--port", "0", "--s3-port", "0", *flags]
        self._log = (data.parent / "log").open("ab")
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=env | variables, stdout=subprocess.PIPE, stderr=self._log, text=True
        )
        assert self.process.stdout is not None
        self.ready = self.process.stdout.readline()
        self.endpoints = json.loads((data / "endpoints.json").read_text())

    @property
    def api(self) -> str:
        url: str = self.endpoints["api"]
        return url

    @property
    def token(self) -> str:
        return (self.data / "admin.token").read_text().strip()

    def get(
        self, path: str, method: str = "GET", body: object = None, token: str | None = None
    ) -> httpx2.Response:
        headers = {"authorization": self.token if token is None else token}
        return httpx2.request(
            method, self.api + path, headers=headers, json=body, trust_env=False, timeout=DEADLINE_S
        )

    def submit(self, command: str) -> str:
        body = {
            "name": "n",
            "profile": "docker-batch",
            "instanceCount": 1,
            "constants": [{"key": "DOCKER_CMD", "value": command}],
        }
        answer = self.get("/tasks", "POST", body)
        assert answer.status_code == 200, answer.text
        uuid: str = answer.json()["uuid"]
        return uuid

    def ended(self, uuid: str) -> dict[str, object]:
        def final() -> bool:
            return self.get(f"/tasks/{uuid}").json()["state"] in FINAL

        wait_until(final, what="the task has ended")
        task: dict[str, object] = self.get(f"/tasks/{uuid}").json()
        return task

    def runners(self) -> list[psutil.Process]:
        return [p for p in named(self.data) if "runner" in p.cmdline()]

    def stop(self) -> str:
        """SIGTERM; what else the server has printed."""
        self.process.send_signal(signal.SIGTERM)
        out, _ = self.process.communicate(timeout=DEADLINE_S)
        self._log.close()
        assert self.process.returncode == 0
        return str(out)


def named(data: Path) -> list[psutil.Process]:
    """The processes whose command line names the folder."""
    found = []
    for process in psutil.process_iter():
        try:
            if any(str(data) in word for word in process.cmdline()):
                found.append(process)
        except psutil.Error:
            continue
    return found


def refused(*words: str, **variables: str) -> str:
    """What `stoke` says when it refuses to start."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("STOKE_")}
    done = subprocess.run(
        [*STOKE, *words],
        cwd=ROOT,
        env=env | variables,
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        check=False,
    )
    assert done.returncode in {1, 2}, done
    assert "Traceback" not in done.stderr, done.stderr
    return done.stderr


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    """A data folder whose name no other process has; nothing that names it survives the test."""
    folder = tmp_path / "data"
    yield folder
    for process in named(folder):  # the runner winds down and takes its keeper along
        try:
            process.terminate()
        except psutil.NoSuchProcess:
            continue
    left = psutil.wait_procs(named(folder), DEADLINE_S)[1]
    processes.send([p.pid for p in left], signal.SIGKILL)
    assert left == []


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server at its first start, for the tests that only look."""
    running = Server(tmp_path_factory.mktemp("server") / "data", "--no-runner")
    yield running
    assert running.stop() == ""  # it has printed nothing but its one line


def test_the_first_start_makes_a_folder_that_nobody_else_may_read(server: Server) -> None:
    data = server.data
    mode = {p.name: stat.S_IMODE(p.stat().st_mode) for p in (data, data / "master.key", data / "admin.token")}
    assert mode == {"data": 0o700, "master.key": 0o600, "admin.token": 0o600}
    assert (data / "stokehold.db").exists()
    assert (data / "blobs").is_dir()
    assert server.token.isalnum()
    assert server.token.isascii()


def test_one_line_says_that_it_is_ready_and_endpoints_say_where(server: Server) -> None:
    endpoints = server.endpoints
    assert set(endpoints) == {"api", "storage", "pid"}
    assert endpoints["pid"] == server.process.pid
    assert endpoints["api"] in server.ready
    assert endpoints["storage"] in server.ready
    assert not endpoints["api"].endswith(":0")


def test_health_tells_what_the_server_is_made_of(server: Server) -> None:
    answer = server.get("/health")
    facts = answer.json()
    assert answer.status_code == 200
    assert {name: facts[name] for name in ("version", "database", "storage", "engine", "runners")} == {
        "version": __version__, "database": "sqlite", "storage": "built-in", "engine": "none", "runners": [],
    }  # fmt: skip


def test_the_admin_is_let_in_with_the_token_of_the_folder(server: Server) -> None:
    assert server.get("/info").json()["email"] == "admin@stokehold.local"
    assert server.get("/info", token="").status_code == 401


def test_a_second_server_on_the_same_folder_is_refused(server: Server) -> None:
    data = str(server.data)
    said = refused("serve", "--data", data, "--port", "0", "--s3-port", "0", "--no-runner")
    assert data in said
    assert server.get("/tasks").status_code == 200


def test_a_restart_keeps_the_keys_the_account_and_the_objects(data: Path) -> None:
    server = Server(data, "--no-runner")
    secrets = {name: (data / name).read_text() for name in ("master.key", "admin.token", "runner.token")}
    storage(server).create_bucket(Bucket="kept")
    server.stop()
    server = Server(data, "--no-runner")
    assert {name: (data / name).read_text() for name in secrets} == secrets
    assert [b["Name"] for b in storage(server).list_buckets()["Buckets"]] == ["kept"]
    assert server.get("/tasks").status_code == 200
    server.stop()


def storage(server: Server) -> "boto3.session.Session.client":
    return boto3.client(
        "s3",
        endpoint_url=server.endpoints["storage"],
        aws_access_key_id="admin@stokehold.local",
        aws_secret_access_key=server.token,
        region_name="us-east-1",
        config=Config(retries={"total_max_attempts": 1}, proxies={}),
    )


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        port = str(sock.getsockname()[1])
        said = refused(
            "serve", "--data", str(tmp_path / "d"), "--port", "0", "--s3-port", port, "--no-runner"
        )
    assert "server.s3_port" in said
    assert port in said


def test_a_database_on_postgresql_is_used(data: Path, postgresql_url: str) -> None:
    server = Server(data, "--no-runner", "--database", postgresql_url)
    assert server.get("/health").json()["database"] == "postgresql"
    assert server.get("/info").json()["email"] == "admin@stokehold.local"
    assert not (data / "stokehold.db").exists()
    server.stop()


def test_its_runner_carries_out_a_task_and_outlives_it(data: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "gate")
    server = Server(data, STOKE_RUNNER_RUNTIME="process", STOKE_RUNNER_SANDBOX="none")
    assert server.ended(server.submit("echo hello"))["state"] == "Success"
    [runner] = server.runners()
    assert os.getpgid(runner.pid) == runner.pid != os.getpgid(server.process.pid)
    assert server.get("/health").json()["runners"][0]["runtime"] == "process"
    uuid = server.submit(f"sh -c 'read line <{tmp_path}/gate; echo done'")
    gate = (tmp_path / "gate").open("w")  # returns when the program waits at it
    server.stop()
    assert runner.is_running()
    gate.write("go\n")
    gate.close()
    again = Server(data, STOKE_RUNNER_RUNTIME="process", STOKE_RUNNER_SANDBOX="none")
    task = again.ended(uuid)
    assert task["state"] == "Success"
    [instance] = task["completedInstances"]  # type: ignore[misc, attr-defined]
    assert instance["executionAttemptCount"] == 1
    assert "0> done" in again.get(f"/tasks/{uuid}/stdout").text
    assert again.runners() == [runner]
    again.stop()


def test_a_variable_chooses_the_runtime(data: Path) -> None:
    server = Server(data, STOKE_RUNNER_RUNTIME="dummy")
    assert server.ended(server.submit("no such program"))["state"] == "Success"
    server.stop()


def test_a_slow_reader_does_not_keep_it_from_ending(data: Path) -> None:
    server = Server(data, "--no-runner")
    host, _, port = server.api.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port))) as slow:
        slow.sendall(b"POST /tasks HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{")
        server.stop()
