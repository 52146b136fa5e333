"""A whole Stokehold, as its user has it: `stoke serve` with its runner and keeper, to be killed and started again."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType

import httpx2
import psutil
import qarnot

from stokehold.domain.states import FINAL
from stokehold.runner import processes
from stokehold.runner.keeper import prefix
from tests import contract
from tests.waiting import DEADLINE_S, wait_until

STOKE = Path(sys.executable).with_name("stoke")
START_S = DEADLINE_S
STOP_S = 10.0  # `stoke serve` ends within so long after SIGTERM: it is part of its contract
TREE_S = DEADLINE_S  # for a runner and its keeper to end what they hold
TASK_S = DEADLINE_S


class Stokehold:
    """`stoke serve --data DIR` on free ports.

    A context: leaving it stops everything, and checks that nothing survives.
    """

    def __init__(self, data: Path, env: Mapping[str, str] | None = None, flags: Sequence[str] = ()) -> None:
        self.data = data
        data.mkdir(parents=True, exist_ok=True)
        self.env, self.flags = _environment(data, env or {}), list(flags)
        self.process: subprocess.Popen[bytes] | None = None
        self.api = self.storage = ""
        self._ports = ("0", "0")
        self.ready_s = 0.0  # from the last start to the first good answer

    def __enter__(self) -> "Stokehold":
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            print(self.log())
        try:
            self.stop()
        except AssertionError:
            if kind is None:
                raise
        finally:
            self.sweep()

    def start(self) -> None:
        """Start the server; returns when it answers."""
        begun = time.monotonic()
        endpoints = self.data / "endpoints.json"
        endpoints.unlink(missing_ok=True)
        self.launch()
        wait_until(lambda: endpoints.exists() or self._fallen(), START_S, "endpoints.json")
        told = json.loads(endpoints.read_text())
        self.api, self.storage = told["api"], told["storage"]
        wait_until(self.healthy, START_S, "/health")
        self.ready_s = time.monotonic() - begun

    def launch(self) -> "subprocess.Popen[bytes]":
        """Start the server's process and wait for nothing."""
        port, s3_port = self._ports
        command = [STOKE, "serve", "--data", self.data, "--port", port, "--s3-port", s3_port, *self.flags]
        with (self.data / "serve.log").open("ab") as log:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self.env,
                start_new_session=True,
            )
        return self.process

    def healthy(self) -> bool:
        try:
            return httpx2.get(f"{self.api}/health", timeout=DEADLINE_S, trust_env=False).status_code == 200
        except httpx2.TransportError:
            return False

    @property
    def token(self) -> str:
        return (self.data / "admin.token").read_text().strip()

    def connection(self) -> qarnot.Connection:
        """The public SDK, as it is; every answer to it is compared with /openapi.json."""
        os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1"
        sdk = qarnot.Connection(
            cluster_url=self.api, storage_url=self.storage, client_token=self.token, retry_count=0
        )
        sdk._http.hooks["response"].append(contract.seen_by_sdk)
        return sdk

    def kill_server(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def kill_runner(self) -> bool:
        """SIGKILL; whether there was one."""
        return _kill(self.runners())

    def kill_keeper(self) -> bool:
        return _kill(self.keepers())

    def restart(self, *, moved: bool = False) -> None:
        """Start the server again after it was killed or has ended; on other ports when it has `moved`."""
        assert self.process is None or self.process.poll() is not None, "the server still runs"
        self._ports = ("0", "0") if moved else (self.api.rpartition(":")[2], self.storage.rpartition(":")[2])
        self.start()

    def end_server(self) -> float:
        """SIGTERM; how long the server took to end."""
        assert self.process is not None
        begun = time.monotonic()
        self.process.terminate()
        self.process.wait(START_S)
        return time.monotonic() - begun

    def end_runner(self) -> None:
        """SIGTERM to the runner; returns when it and its keeper are gone."""
        for runner in self.runners():
            with contextlib.suppress(psutil.NoSuchProcess):
                runner.terminate()
        wait_until(
            lambda: not (self.runners() or self.keepers()), TREE_S, "the runner and its keeper are gone"
        )

    def stop(self) -> None:
        """End the server, then the runner and its keeper. Nothing that names the folder may survive."""
        if self.process is not None and self.process.poll() is None:
            took = self.end_server()
            assert took <= STOP_S, f"the server took {took:.1f} s to end"
        self.end_runner()
        wait_until(lambda: not self.survivors(), TREE_S, "nothing of the folder survives")

    def sweep(self) -> None:
        """Leave nothing running, whatever went wrong."""
        if self.process is not None and self.process.poll() is None:
            self.kill_server()
        for _ in range(3):  # a parent may be making a child just now
            _kill(self.named())
            processes.send(
                processes.marked(prefix(self.data / "runner")) if self._has_runner() else (), signal.SIGKILL
            )

    def named(self) -> list[psutil.Process]:
        """Every process whose command line names the folder."""
        return [process for process, words in commands() if any(str(self.data) in word for word in words)]

    def runners(self) -> list[psutil.Process]:
        return [p for p, words in commands() if "runner" in words and str(self.data) in words]

    def keepers(self) -> list[psutil.Process]:
        folder = str(self.data / "runner")
        return [p for p, words in commands() if "stokehold.runner.keeper" in words and folder in words]

    def survivors(self) -> list[str]:
        """What still runs of this folder, programs of instances included."""
        marked = processes.marked(prefix(self.data / "runner")) if self._has_runner() else {}
        return [*map(str, self.named()), *(f"pid {pid} ({mark})" for pid, mark in marked.items())]

    def log(self) -> str:
        """The ends of the logs, for the message of a test that fails."""
        files = (
            self.data / "serve.log",
            self.data / "runner" / "runner.log",
            self.data / "runner" / "keeper.log",
        )
        return "\n".join(f"== {file}\n{file.read_text()[-3000:]}" for file in files if file.exists())

    def _has_runner(self) -> bool:
        return (self.data / "runner").is_dir()

    def _fallen(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, (
            f"the server ended with {self.process.returncode} as it started:\n{self.log()}"
        )
        return False


def commands() -> Iterator[tuple[psutil.Process, list[str]]]:
    """Every process on this machine with the words of its command line."""
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            yield process, process.cmdline()


def sleepers(seconds: str) -> list[psutil.Process]:
    """Every process on this machine that sleeps just so long."""
    return [
        process for process, words in commands() if words[-1:] == [seconds] and words[0].endswith("sleep")
    ]


def final(task: qarnot.task.Task, deadline_s: float = TASK_S) -> qarnot.task.Task:
    """Wait for the end of a task."""

    def ended() -> bool:
        task.update(True)
        return task.state in FINAL

    wait_until(ended, deadline_s, f"{task.name} has ended")
    return task


def _environment(data: Path, env: Mapping[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("STOKE_")}
    return {**kept, "STOKE_RUNNER_RUNTIME": "process", "STOKE_RUNNER_SANDBOX": "none", **env}


def _kill(found: list[psutil.Process]) -> bool:
    """SIGKILL, and wait until they are gone."""
    for process in found:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(found, DEADLINE_S)
    return bool(found)
