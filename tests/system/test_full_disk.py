"""The data folder is full: what asks is told so, nothing is spoilt, and it works again once there is space."""

import os
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from stokehold.domain.ranges import Ranges
from tests import tools
from tests.system.cluster import Stokehold, final
from tests.system.servers import Server
from tests.waiting import DEADLINE_S, wait_until

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of the SDK, about itself

SIZE_MB = 24


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A file system of SIZE_MB."""
    if os.geteuid() != 0:
        pytest.skip("only root may mount a file system of a given size")
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={SIZE_MB}m,mode=700", "stoke-test", folder],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if mounted.returncode:
        tools.missing(f"a file system cannot be mounted here: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


def fill(folder: Path) -> Path:
    """Take all the space that is left."""
    ballast = folder / "ballast"
    descriptor = os.open(ballast, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    try:
        for size in (1 << 20, 1 << 12, 1):
            try:
                while True:
                    os.write(descriptor, b"x" * size)
            except OSError:
                continue
    finally:
        os.close(descriptor)
    return ballast


def test_a_full_data_folder_refuses_clearly_and_works_again(small: Path) -> None:
    with Stokehold(small / "data") as stokehold:
        server = Server(stokehold)
        bucket = server.bucket("before")
        bucket.add_string("written before", "old.txt")
        assert server.run("echo before").state == "Success"
        ballast = fill(small)
        answers = [_submit(stokehold, constants=100) for _ in range(3)]
        print([(a.status_code, a.text[:200]) for a in answers])
        refused = [a for a in answers if a.status_code != 200]
        assert refused, "a submission of 200 kB does not fit"
        assert all(a.status_code == 507 and "space" in a.json()["message"] for a in refused)
        with pytest.raises(Exception, match=r"(?i)space|full|507|QuotaExceeded|Storage"):
            bucket.add_string("y" * 200_000, "new.txt")
        assert stokehold.healthy(), "reading goes on"
        assert (
            httpx2.get(f"{stokehold.api}/tasks", headers=_headers(stokehold), trust_env=False).status_code
            == 200
        )
        assert [o.key for o in bucket.list_files()] == ["old.txt"]
        ballast.unlink()
        wait_until(lambda: _submit(stokehold, constants=1).status_code == 200, what="it works again")
        bucket.add_string("y" * 200_000, "new.txt")
        task = server.task("cat old.txt")
        task.resources = [bucket]
        task.submit()
        assert (final(task).state, task.stdout()) == ("Success", "0> written before")
        _check_sound(stokehold, small)


def test_a_disk_that_fills_under_running_instances_loses_none(small: Path, tmp_path: Path) -> None:
    go, side = tmp_path / "go", tmp_path / "side"  # where there is space
    side.touch()
    with Stokehold(small / "data") as stokehold:
        server = Server(stokehold)
        wait = f"echo begun >>{side}; until [ -e {go} ]; do sleep 0.05; done; echo over >>{side}"
        task = server.task(f"sh -c '{wait}; echo $INSTANCE_ID >r$INSTANCE_ID; echo out'", 6)
        task.results = server.bucket("results")
        task.submit()
        wait_until(lambda: task.update(True) or task.state.endswith("Executing"), what="instances run")
        begun = wait_until(lambda: side.read_text().count("begun"), what="they say so")
        ballast = fill(small)
        go.touch()
        wait_until(lambda: side.read_text().count("over") >= begun, what="the disk is full while they end")
        ballast.unlink()
        task = final(task, 120)
        print(task.state, [(e.code, e.message) for e in task.errors])
        assert task.state in {"Success", "Failure"}
        allowed = {"STK1001", "STK2002", "STK4002"}  # STK1001: the program itself could not write
        assert {e.code for e in task.errors} <= allowed
        done = Ranges.parse(task.status.succeeded_range or "")
        assert {o.key for o in task.results.list_files()} >= {f"r{i}" for i in done}
        again = server.task("sh -c 'echo ok >ok'")
        again.results = server.bucket("results")
        again.submit()
        assert final(again).state == "Success"
        _check_sound(stokehold, small)


def _submit(stokehold: Stokehold, constants: int) -> httpx2.Response:
    """A task with so many constants of 2,000 characters."""
    padding = [{"key": f"PADDING_{n}", "value": os.urandom(1000).hex()} for n in range(constants)]
    body = {
        "name": "t",
        "profile": "docker-batch",
        "instanceCount": 1,
        "constants": [{"key": "DOCKER_CMD", "value": "true"}, *padding],
    }
    return httpx2.post(
        f"{stokehold.api}/tasks", json=body, headers=_headers(stokehold), timeout=DEADLINE_S, trust_env=False
    )


def _headers(stokehold: Stokehold) -> dict[str, str]:
    return {"Authorization": stokehold.token}


def _check_sound(stokehold: Stokehold, small: Path) -> None:
    """The database is whole, and a restarted server still works."""
    with sqlite3.connect(stokehold.data / "stokehold.db") as conn:
        assert conn.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    stokehold.kill_server()
    stokehold.restart()
    assert Server(stokehold).run("true").state == "Success"
