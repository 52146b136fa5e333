"""What becomes of the programs that a keeper runs: codes, signals, trees, memory."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from stokehold.runner import processes
from stokehold.runner.keeper import prefix
from stokehold.runner.messages import Exited, Start
from tests.runner.keeping import alive, end, keeper, start
from tests.waiting import DEADLINE_S, eventually


def run(folder: Path, order: Start, *, kill_after: str = "", grace_s: float = DEADLINE_S) -> Exited:
    """Run one program to its end; with `kill_after`, kill it once it has printed that."""

    async def story() -> Exited:
        async with keeper(folder) as (link, ear, _):
            link.start(order)
            if kill_after:
                await eventually(lambda: kill_after in _text(order.stdout), what="the program's word")
                link.kill(order.token, grace_s)
            exited = await ear.exit_of(order.token)
        await end(folder)
        return exited

    return asyncio.run(story())


def _text(path: str) -> str:
    return Path(path).read_text() if Path(path).exists() else ""


def test_a_code_comes_back_with_times_and_use(tmp_path: Path) -> None:
    exited = run(tmp_path, start(tmp_path, "a", "echo out; echo err >&2; exit 3"))
    assert (exited.code, exited.signal, exited.stopped) == (3, None, False)
    assert 0 < exited.started_at <= exited.at
    assert exited.peak_kb > 100
    assert ((tmp_path / "a.1").read_text(), (tmp_path / "a.2").read_text()) == ("out\n", "err\n")


def test_a_signal_comes_back_as_a_signal(tmp_path: Path) -> None:
    assert run(tmp_path, start(tmp_path, "a", "kill -SEGV $$")).signal == signal.SIGSEGV


def test_a_program_that_cannot_be_started_is_refused_with_its_error_number(tmp_path: Path) -> None:
    order = start(tmp_path, "a", "")
    order.argv = ["/no/such/program"]
    exited = run(tmp_path, order)
    assert (exited.refused, exited.started_at) == (2, 0)


def test_a_missing_working_directory_is_a_refusal_too(tmp_path: Path) -> None:
    order = start(tmp_path, "a", "true")
    order.cwd = str(tmp_path / "gone")
    assert run(tmp_path, order).refused == 2


def test_a_gentle_end_lets_the_program_clean_up(tmp_path: Path) -> None:
    script = "trap 'echo bye; exit 4' TERM; echo ready; while :; do sleep 0.05; done"
    exited = run(tmp_path, start(tmp_path, "a", script), kill_after="ready")
    assert (exited.code, exited.stopped) == (4, True)
    assert (tmp_path / "a.1").read_text() == "ready\nbye\n"


def test_who_ignores_the_gentle_end_is_killed_after_the_grace_time(tmp_path: Path) -> None:
    script = "trap '' TERM; echo ready; while :; do sleep 0.05; done"
    exited = run(tmp_path, start(tmp_path, "a", script), kill_after="ready", grace_s=0.3)
    assert (exited.signal, exited.stopped) == (signal.SIGKILL, True)


@pytest.mark.parametrize(
    "script",
    [
        "sleep 600 & sleep 600 & echo ready; wait",
        "setsid sleep 600 & echo ready; wait",
        "setsid sh -c 'setsid sleep 600 & sleep 600 &' ; echo ready; sleep 600",
        "trap '' TERM; setsid sh -c 'trap \"\" TERM; sleep 600' & echo ready; wait",
    ],
    ids=["children", "own session", "double fork", "deaf to TERM"],
)
def test_the_whole_tree_is_gone_when_the_end_is_told(tmp_path: Path, script: str) -> None:
    exited = run(tmp_path, start(tmp_path, "a", script), kill_after="ready", grace_s=0.3)
    assert exited.stopped
    assert processes.marked(prefix(tmp_path)) == {}


def test_what_a_program_leaves_behind_ends_with_it(tmp_path: Path) -> None:
    seconds = str(10**8 + os.getpid())  # nothing else on this machine sleeps so long
    script = f"setsid sleep 600 & env -i setsid /bin/sleep {seconds} & exit 0"
    exited = run(tmp_path, start(tmp_path, "a", script))
    assert exited.code == 0
    assert processes.marked(prefix(tmp_path)) == {}
    assert not _commands(f"sleep\x00{seconds}")


def _commands(text: str) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if text in (entry / "cmdline").read_text():
                    found.append(int(entry.name))
            except OSError:
                continue
    return found


def test_a_tree_that_takes_too_much_memory_is_ended_for_it(tmp_path: Path) -> None:
    order = start(tmp_path, "a", "", memory_mb=150)
    order.argv = [sys.executable, "-c", "b = bytearray(400_000_000)\nimport time; time.sleep(600)"]
    exited = run(tmp_path, order)
    assert exited.memory_killed
    assert exited.peak_kb > 150_000


def test_a_program_that_waits_for_a_slot_can_be_dropped(tmp_path: Path) -> None:
    async def story() -> None:
        async with keeper(tmp_path, slots=1) as (link, ear, _):
            link.start(start(tmp_path, "a", "exec sleep 600"))
            link.start(start(tmp_path, "b", "exec sleep 600"))
            await eventually(lambda: "a" in ear.started)
            link.kill("b", 5.0)
            exited = await ear.exit_of("b")
            assert (exited.stopped, exited.started_at) == (True, 0)
        await end(tmp_path)

    asyncio.run(story())


def test_a_program_that_ends_takes_nothing_of_its_neighbours_along(tmp_path: Path) -> None:
    """Not even a daemon that has hidden where it is from: that one ends with the last program it may belong to."""
    daemon = "env -i setsid sh -c 'echo $$ >daemon.new; mv daemon.new daemon; exec sleep 600' & "

    async def story() -> None:
        async with keeper(tmp_path, slots=2) as (link, ear, _):
            link.start(start(tmp_path, "long", f"({daemon}) ; until [ -e go ]; do sleep 0.02; done; exit 4"))
            await eventually((tmp_path / "daemon").exists, what="the daemon")
            pid = int((tmp_path / "daemon").read_text())
            link.start(start(tmp_path, "short", "true"))
            assert (await ear.exit_of("short")).code == 0
            assert alive(pid)
            (tmp_path / "go").touch()
            assert (await ear.exit_of("long")).code == 4
            await eventually(lambda: not alive(pid), what="the daemon is gone")
        await end(tmp_path)

    asyncio.run(story())
