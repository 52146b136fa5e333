"""The main job, from nothing: a server, a task of four instances through the public SDK, its results."""

import argparse
import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import msgspec
import psutil
import qarnot
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from stokehold.cli.sign_in import link
from stokehold.domain.ranges import Ranges
from stokehold.domain.states import FINAL

ROOT = Path(__file__).parent.parent
STOKE = Path(sys.executable).parent / "stoke"

INSTANCES = 4
POEM = "down in the hold the fires are fed,\nfour shovels ring, four doors glow red.\n"
COMMAND = (
    'sh -c "(echo verse ${INSTANCE_ID}; tr a-z A-Z < poem.txt) > verse-${INSTANCE_ID}.txt'
    ' && echo hello from instance ${INSTANCE_ID}"'
)

START_S = 30.0
TASK_S = 50.0

T = TypeVar("T")
console = Console(highlight=False)


class DemoError(Exception):
    """The task did not give what it should."""


class Endpoints(msgspec.Struct):
    """What `stoke serve` writes to endpoints.json when it is ready."""

    api: str
    storage: str
    pid: int


def main(out: Path, *, stays: bool = False) -> int:
    """Run the demo with its results in `out`; 0 when everything is as it should be. `stays`: until Ctrl-C."""
    begin = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="stoke-demo-") as folder:
        data = Path(folder)
        try:
            with served(data) as endpoints:
                console.print(f"server   {endpoints.api}   storage {endpoints.storage}")
                verify(carry_out(connect(endpoints, data), out), out)
                if stays:
                    stay(endpoints, data)
        except (DemoError, qarnot.exceptions.QarnotException) as error:
            console.print(f"[red]the demo failed:[/] {error}")
            show_logs(data)
            return 1
    console.print(f"[green]done[/] in {time.monotonic() - begin:.1f} s; the results are in {out}")
    return 0


def stay(endpoints: Endpoints, data: Path) -> None:
    """Keep the server, for whoever wants to look around."""
    token = (data / "admin.token").read_text().strip()
    console.print(f"web UI   {link(endpoints.api, token)}   until Ctrl-C", soft_wrap=True)
    with contextlib.suppress(KeyboardInterrupt):
        psutil.Process(endpoints.pid).wait()


def show_logs(data: Path) -> None:
    """The ends of what the server and its runner wrote."""
    for log in (data / "demo.log", data / "runner" / "runner.log"):
        if log.exists():
            console.print(f"[bold]{log.name}[/]\n{escape(log.read_text()[-4000:])}", soft_wrap=True)


@contextlib.contextmanager
def served(data: Path) -> Iterator[Endpoints]:
    """A server of its own, with its runner, for as long as the block lasts."""
    command = [STOKE, "serve", "--data", data, "--port", "0", "--s3-port", "0"]
    with (data / "demo.log").open("wb") as log:
        server = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment()
        )
        try:
            wait_until(
                lambda: (data / "endpoints.json").exists() or server.poll() is not None,
                START_S,
                "the server is ready",
            )
            if server.poll() is not None:
                raise DemoError(f"the server ended with code {server.returncode} while starting")
            yield msgspec.json.decode((data / "endpoints.json").read_bytes(), type=Endpoints)
        finally:
            stop(server, data)


def environment() -> dict[str, str]:
    """Processes, unless another runtime is asked for: an image would have to be fetched first."""
    return {"STOKE_RUNNER_RUNTIME": "process", **os.environ}


def stop(server: "subprocess.Popen[bytes]", data: Path) -> None:
    """End the server and then its runner, which by design outlives it."""
    server.terminate()
    try:
        server.wait(15)
    except subprocess.TimeoutExpired:
        server.kill()
    left = [process for process in psutil.process_iter() if serves(process, data)]
    for process in left:
        end(process.terminate)
    _, stubborn = psutil.wait_procs(left, 10)
    for process in stubborn:
        end(process.kill)
    server.wait()


def serves(process: psutil.Process, data: Path) -> bool:
    try:
        return any(str(data) in argument for argument in process.cmdline())
    except psutil.Error:
        return False


def end(signal: Callable[[], None]) -> None:
    with contextlib.suppress(psutil.NoSuchProcess):  # it was quicker
        signal()


def connect(endpoints: Endpoints, data: Path) -> qarnot.Connection:
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1,localhost"
    return qarnot.Connection(
        cluster_url=endpoints.api,
        storage_url=endpoints.storage,
        client_token=(data / "admin.token").read_text().strip(),
    )


def carry_out(connection: qarnot.Connection, out: Path) -> qarnot.task.Task:
    """Submit the task, follow it to its end, and bring its results here."""
    poem = connection.create_bucket("poems")
    poem.add_string(POEM, "poem.txt")
    task = connection.create_task("verses", "docker-batch", INSTANCES)
    task.resources = [poem]
    task.results = connection.create_bucket("verses")
    task.constants["DOCKER_CMD"] = COMMAND
    task.submit()
    console.print(f"task     {task.uuid}")
    follow(task)
    shutil.rmtree(out, ignore_errors=True)
    task.download_results(str(out))
    return task


def follow(task: qarnot.task.Task) -> None:
    """Show a progress bar until the task has ended."""
    columns = (TextColumn("{task.description:<20}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        bar = progress.add_task("", total=INSTANCES)

        def ended() -> bool:
            task.update(True)
            done = Ranges.parse(task.status.executed_range or "") if task.status else ()
            progress.update(bar, completed=len(done), description=task.state)
            return task.state in FINAL

        wait_until(ended, TASK_S, "the task has ended", every_s=0.1)


def verify(task: qarnot.task.Task, out: Path) -> None:
    """Show what came out. Raises DemoError when it is not what it should be."""
    output = task.stdout()
    console.print("\n[bold]task.stdout()[/]")
    console.print(output, markup=False)
    for error in task.errors or []:
        raise DemoError(f"{error.code} {error.message}")
    if task.state != "Success":
        raise DemoError(f"the task ended as {task.state}; its standard error: {task.stderr()}")
    for instance in range(INSTANCES):
        if f"{instance}> hello from instance {instance}" not in output:
            raise DemoError(f"instance {instance} did not say hello")
    compare(out)


def compare(out: Path) -> None:
    expected = {f"verse-{i}.txt": f"verse {i}\n{POEM.upper()}" for i in range(INSTANCES)}
    found = {str(file.relative_to(out)): file.read_text() for file in out.rglob("*") if file.is_file()}
    for name, text in sorted(found.items()):
        console.print(f"[bold]{out.name}/{name}[/]\n{text}")
    if found != expected:
        raise DemoError(f"the results should be {sorted(expected)} with a verse each, not {found}")


def wait_until(condition: Callable[[], T], deadline_s: float, what: str, every_s: float = 0.02) -> None:
    end = time.monotonic() + deadline_s
    while not condition():
        if time.monotonic() > end:
            raise DemoError(f"waited {deadline_s:.0f} s in vain until {what}")
        time.sleep(every_s)


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m scripts.demo", description=__doc__)
    parser.add_argument("out", nargs="?", type=Path, default=ROOT / "demo-out", help="folder of the results")
    parser.add_argument("--stay", action="store_true", help="keep the server until Ctrl-C")
    return parser.parse_args()


if __name__ == "__main__":
    given = options()
    sys.exit(main(given.out, stays=given.stay))
