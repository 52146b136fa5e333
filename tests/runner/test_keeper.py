"""The keeper, as a real process: programs outlive their runner, and never their keeper's word."""

import asyncio
import os
import signal
from pathlib import Path

from stokehold.runner import processes
from stokehold.runner.keeper import LONELY_S, Keeper, prefix
from stokehold.runner.messages import Kill
from tests.runner.keeping import alive, end, keeper, start
from tests.waiting import eventually


def test_a_program_that_ended_while_no_runner_listened_is_still_told(tmp_path: Path) -> None:
    async def story() -> None:
        async with keeper(tmp_path) as (link, ear, _):
            os.mkfifo(tmp_path / "gate")
            link.start(start(tmp_path, "a", "read line < gate; exit 7", note=b"remember"))
            await eventually(lambda: "a" in ear.started)
        (tmp_path / "gate").write_text("go\n")
        async with keeper(tmp_path) as (link, ear, held):
            assert [(h.token, h.note) for h in held] == [("a", b"remember")]
            code = held[0].exited.code if held[0].exited else (await ear.exit_of("a")).code
            assert code == 7
            link.forget(["a"])
        async with keeper(tmp_path) as (_, _, held):
            assert held == []
        await end(tmp_path)

    asyncio.run(story())


def test_a_keeper_ends_what_a_killed_keeper_left(tmp_path: Path) -> None:
    async def story() -> None:
        async with keeper(tmp_path) as (link, ear, _):
            link.start(start(tmp_path, "a", "exec sleep 600"))
            await eventually(lambda: "a" in ear.started)
            left = await eventually(lambda: processes.marked(prefix(tmp_path)))
            killed = _parent(next(iter(left)))
            os.kill(killed, signal.SIGKILL)
            await eventually(lambda: not alive(killed), what="the keeper is gone")
        async with keeper(tmp_path) as (_, _, held):
            assert held == []
            assert not any(alive(pid) for pid in left)
        await end(tmp_path)

    asyncio.run(story())


def test_a_keeper_that_is_alone_leaves_but_not_with_an_end_that_nobody_has_heard_of(tmp_path: Path) -> None:
    made = Keeper(tmp_path)
    brood = made._brood
    brood.slots = 0

    def left_alone() -> bool:
        made._idle_since -= LONELY_S + 1
        return made._over()

    assert left_alone()
    brood.start(start(tmp_path, "a", "true"))
    assert not left_alone(), "it has a program"
    brood.kill(Kill("a", 0.0))
    assert not made._over(), "it counts from the last program's end"
    assert not left_alone(), "it knows how that ended"
    brood.forget(["a"])
    assert left_alone()


def test_no_more_programs_run_than_there_are_slots(tmp_path: Path) -> None:
    async def story() -> None:
        os.mkfifo(tmp_path / "gate")
        async with keeper(tmp_path, slots=2) as (link, ear, _):
            for token in "abcd":
                link.start(start(tmp_path, token, "read line < gate"))
            await eventually(lambda: len(ear.started) == 2)
            link.kill("a", 0.0)
            link.kill("b", 0.0)
            await eventually(lambda: len(ear.started) == 4)
            assert set(ear.exited) == {"a", "b"}
        await end(tmp_path)

    asyncio.run(story())


def test_quitting_leaves_no_process(tmp_path: Path) -> None:
    async def story() -> None:
        async with keeper(tmp_path) as (link, ear, _):
            link.start(start(tmp_path, "a", "setsid sh -c 'setsid sleep 600 & sleep 600' & sleep 600"))
            await eventually(lambda: "a" in ear.started)
            await eventually(lambda: len(processes.marked(prefix(tmp_path))) >= 4)
        await end(tmp_path)
        assert processes.marked(prefix(tmp_path)) == {}

    asyncio.run(story())


def test_a_socket_fits_however_long_its_folder_is(tmp_path: Path) -> None:
    async def story() -> None:
        folder = tmp_path / ("x" * 120)
        folder.mkdir()
        async with keeper(folder) as (_, _, held):
            assert held == []
        await end(folder)

    asyncio.run(story())


def _parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
