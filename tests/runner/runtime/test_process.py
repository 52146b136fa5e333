"""Plain processes: where a command is found, and what it costs to prepare one."""

import asyncio
import time
from pathlib import Path

import pytest

from stokehold.runner.runtime.launch import Order, Unrunnable
from tests.runner.runtime.stage import Stage


def script(folder: Path, name: str, text: str = "exit 0", mode: int = 0o755) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{text}\n")
    (folder / name).chmod(mode)


def test_the_job_directory_is_where_it_is_on_the_host(process: Stage) -> None:
    launch = process.launch("sh -c 'pwd; echo $TASK_PATH $HOME $TMP_PATH'")
    job = launch.job_dir
    assert process.carry_out(launch).stdout == f"{job}\n{job} {job} {launch.tmp_dir}\n"


def test_a_task_may_bring_its_own_path(process: Stage, tmp_path: Path) -> None:
    script(tmp_path / "tools", "mine", "echo found")
    assert process.carry_out(process.launch("mine", PATH=f"{tmp_path}/tools")).stdout == "found\n"


def test_a_program_that_appears_moves_or_goes_is_noticed(process: Stage, tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    path = f"{first}:{second}"
    for _ in range(2):
        with pytest.raises(Unrunnable):
            process.order(process.launch("late", PATH=path))
    script(second, "late")
    assert program(process, path) == f"{second}/late"
    (second / "late").unlink()
    script(first, "late")
    assert program(process, path) == f"{first}/late"


def program(process: Stage, path: str) -> str:
    order = process.order(process.launch("late", PATH=path))
    assert isinstance(order, Order)
    return order.argv[0]


def test_a_file_that_may_not_be_executed_is_no_command(process: Stage) -> None:
    launch = process.launch("./data")
    script(Path(launch.job_dir), "data", mode=0o644)
    with pytest.raises(Unrunnable) as caught:
        process.order(launch)
    assert caught.value.failure.code == "STK1003"


def test_a_file_of_the_job_directory_is_no_command_without_its_path(process: Stage) -> None:
    """The job directory is not on the PATH, as it is not in a container."""
    launch = process.launch("brought")
    script(Path(launch.job_dir), "brought")
    with pytest.raises(Unrunnable):
        process.order(launch)


def test_without_an_image_an_empty_command_says_what_to_do(process: Stage) -> None:
    with pytest.raises(Unrunnable) as caught:
        process.order(process.launch(""))
    assert caught.value.failure.code == "STK1004"
    assert "empty" in caught.value.failure.message


@pytest.mark.parametrize("kind", ["process", "sandbox"])
def test_preparing_is_cheap(request: pytest.FixtureRequest, kind: str) -> None:
    stage: Stage = request.getfixturevalue(kind)
    launch = stage.launch("true")

    async def best() -> float:
        return min([await timed() for _ in range(10)])

    async def timed() -> float:
        begun = time.perf_counter()
        for _ in range(200):
            await stage.runtime.prepare(launch)
        return (time.perf_counter() - begun) / 200

    assert asyncio.run(best()) < 120e-6  # seconds; ten times what was measured, for a busy machine
