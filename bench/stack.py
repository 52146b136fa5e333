"""A real server with its runner in a folder of its own: started, spoken to over HTTP, weighed, stopped."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import httpx2

STOKE = Path(sys.executable).with_name("stoke")
FINAL = {"Success", "Failure", "Cancelled"}
START_S = 30.0
STOP_S = 20.0
TASK_S = 600.0

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


class Usage(NamedTuple):
    """What a process has used: seconds of CPU since its start, MB resident now."""

    cpu_s: float
    rss_mb: float


class Stack:
    """A running server. Its client keeps one connection."""

    def __init__(self, folder: Path) -> None:
        told = json.loads((folder / "endpoints.json").read_text())
        token = (folder / "admin.token").read_text().strip()
        self.folder, self.pid = folder, int(told["pid"])
        self.http = httpx2.Client(
            base_url=told["api"], headers={"authorization": token}, trust_env=False, timeout=60
        )

    def submit(self, instances: int, command: str = "/bin/true", **constants: str) -> str:
        """A task of so many instances; its UUID, once the server has acknowledged it."""
        body = self.body(instances, command, **constants)
        return str(self._call("POST", "/tasks", json=body).json()["uuid"])

    @staticmethod
    def body(instances: int, command: str = "/bin/true", **constants: str) -> dict[str, Any]:
        """The submission of such a task."""
        pairs = {"DOCKER_CMD": command, **constants}
        return {
            "name": "bench",
            "profile": "docker-batch",
            "instanceCount": instances,
            "constants": [{"key": key, "value": value} for key, value in pairs.items()],
        }

    def task(self, uuid: str) -> dict[str, Any]:
        """The whole answer about a task."""
        return dict(self._call("GET", f"/tasks/{uuid}").json())

    def stdout(self, uuid: str) -> bytes:
        return bytes(self._call("GET", f"/tasks/{uuid}/stdout").content)

    def abort(self, uuid: str) -> None:
        self._call("POST", f"/tasks/{uuid}/abort")

    def state(self, uuid: str) -> str:
        """A task's state from the short list, which costs the server little: what a watcher should read."""
        rows = self._call("GET", "/tasks/summaries").json()
        return str(next(row["state"] for row in rows if row["uuid"] == uuid))

    def finish(self, uuid: str, *, expected: str = "Success", pause_s: float = 0.05) -> None:
        """Wait for a task's end. Raises AssertionError when it does not end as expected."""
        wait_until(lambda: self.state(uuid) in FINAL, TASK_S, pause_s)
        state = self.state(uuid)
        assert state == expected, f"the task ended as {state}: {self.task(uuid).get('errors')}"

    def processes(self) -> dict[str, int]:
        """The pids of server, runner and keeper."""
        found = {"server": self.pid}
        for pid, words in _command_lines():
            if "stokehold.runner.keeper" in words and str(self.folder / "runner") in words:
                found["keeper"] = pid
            elif "runner" in words and str(self.folder) in words:
                found["runner"] = pid
        return found

    def usage(self) -> dict[str, Usage]:
        """What each of our processes has used; children that it has waited for do not count."""
        return {name: usage(pid) for name, pid in self.processes().items()}

    def _call(self, method: str, path: str, **more: Any) -> httpx2.Response:
        response = self.http.request(method, path, **more)
        if response.is_error:
            raise RuntimeError(f"{method} {path}: {response.status_code} {response.text[:300]}")
        return response


@contextlib.contextmanager
def stack(
    *,
    runtime: str = "process",
    sandbox: str = "none",
    slots: int = 0,
    runner: bool = True,
    database: str = "",
) -> Iterator[Stack]:
    """A server, and a runner unless told otherwise, of their own, ready for work, for as long as the block lasts.

    `database` is its URL; without it, SQLite in the folder.
    """
    with tempfile.TemporaryDirectory(prefix="stoke-bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        settings = {
            "RUNTIME": runtime,
            "SANDBOX": sandbox,
            "SLOTS": str(slots),
            "ENABLED": str(runner).lower(),
        }
        env = {**os.environ, **{f"STOKE_RUNNER_{key}": value for key, value in settings.items()}}
        env["STOKE_SERVER_DATABASE"] = database
        with (folder / "bench.log").open("wb") as log:
            server = subprocess.Popen(
                [STOKE, "serve", "--data", folder, "--port", "0", "--s3-port", "0"],
                env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
        try:
            wait_until(lambda: (folder / "endpoints.json").exists() or server.poll() is not None, START_S)
            assert server.poll() is None, "the server did not start"
            running = Stack(folder)
            wait_until(lambda: bool(running.http.get("/health").json()["runners"]) is runner, START_S)
            yield running
        except BaseException:
            print(f"the server's state: {server.poll()}; its log:", file=sys.stderr)
            print((folder / "bench.log").read_text()[-2000:], file=sys.stderr)
            raise
        finally:
            _stop(folder, server)


def _stop(folder: Path, server: "subprocess.Popen[bytes]") -> None:
    """The server first: it would start its runner again."""
    server.send_signal(signal.SIGTERM)
    try:
        server.wait(STOP_S)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
    for pid, words in _command_lines():
        if str(folder) in words and "runner" in words:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
    wait_until(
        lambda: not any(str(folder) in word for _, words in _command_lines() for word in words), STOP_S
    )


def usage(pid: int) -> Usage:
    """What one process has used."""
    stat = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return Usage((int(stat[11]) + int(stat[12])) / _TICKS, pages * _PAGE / 1e6)


def wait_until(condition: Callable[[], bool], within_s: float, pause_s: float = 0.01) -> None:
    """Ask again and again. Raises TimeoutError."""
    deadline = time.monotonic() + within_s
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"nothing after {within_s:.0f} s")
        time.sleep(pause_s)


def _command_lines() -> Iterator[tuple[int, list[str]]]:
    for name in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            yield int(name), Path(f"/proc/{name}/cmdline").read_text(errors="replace").split("\0")
