"""Process trees, seen through /proc."""

import os
import signal
import subprocess
from pathlib import Path

from stokehold.runner import processes
from tests.runner.keeping import alive
from tests.waiting import wait_until


def test_descendants_are_found_at_any_depth(tmp_path: Path) -> None:
    script = f"sh -c 'sleep 600 & echo $! > {tmp_path}/pid; wait' & wait"
    with subprocess.Popen(
        ["/bin/sh", "-c", script], env={**os.environ, processes.MARK: "test-tree-1"}
    ) as top:
        deepest = int(wait_until(lambda: _read(tmp_path / "pid")))
        family = processes.descendants([top.pid])
        assert {top.pid, deepest} <= family
        assert processes.mark_of(deepest) == "test-tree-1"
        assert family <= set(processes.marked("test-tree-"))
        assert processes.resident_mb(family) > 0.1
        processes.send(family, signal.SIGKILL)
        wait_until(lambda: not alive(deepest))


def _read(path: Path) -> str:
    return path.read_text().strip() if path.exists() else ""


def test_what_is_not_there_has_no_children_no_mark_and_no_memory() -> None:
    assert processes.children(2**30) == []
    assert processes.mark_of(2**30) is None
    assert processes.resident_mb([2**30]) == 0
    processes.send([2**30], signal.SIGTERM)
