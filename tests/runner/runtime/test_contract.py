"""What every runtime promises: one suite for all of them."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from stokehold.runner.cgroup import Cgroup
from stokehold.runner.runtime.dummy import Dummy
from stokehold.runner.runtime.launch import Exit, Order, Runtime, Unrunnable
from tests.runner.runtime.stage import Stage
from tests.waiting import DEADLINE_S, wait_until

REAL = ["process", "sandbox", "podman"]


@pytest.fixture(params=[*REAL, "dummy"])
def any_stage(request: pytest.FixtureRequest, tmp_path: Path) -> Stage:
    return Stage(Dummy(), tmp_path) if request.param == "dummy" else request.getfixturevalue(request.param)


@pytest.fixture(params=REAL)
def stage(request: pytest.FixtureRequest) -> Stage:
    """A runtime that runs commands."""
    found: Stage = request.getfixturevalue(request.param)
    return found


def test_a_command_that_ends_well_is_a_success_and_its_output_is_its_own(any_stage: Stage) -> None:
    launch = any_stage.launch(
        "sh -c 'echo out ${INSTANCE_ID}; echo err >&2'",
        instance_id=5,
        STOKE_DUMMY_STDOUT="out ${INSTANCE_ID}\n",
        STOKE_DUMMY_STDERR="err\n",
    )
    seen = any_stage.carry_out(launch)
    assert (seen.failure, seen.stdout, seen.stderr) == (None, "out 5\n", "err\n")


def test_an_exit_code_is_the_programs_failure(any_stage: Stage) -> None:
    seen = any_stage.carry_out(any_stage.launch("sh -c 'exit 126'", STOKE_DUMMY_EXIT="126"))
    assert (seen.end.code, seen.code) == (126, "STK1001")
    assert "126" in seen.failure.message


def test_a_death_by_signal_is_told_as_one(any_stage: Stage) -> None:
    launch = any_stage.launch("sh -c 'sh -c \"kill -KILL \\$\\$\"; exit $?'", STOKE_DUMMY_EXIT="137")
    seen = any_stage.carry_out(launch)
    assert seen.code == "STK1002", seen
    assert "9 (SIGKILL)" in seen.failure.message


@pytest.mark.parametrize(
    "end", [Exit(code=0, stopped=True), Exit(signal=15, stopped=True), Exit(143, stopped=True)]
)
def test_what_was_stopped_is_neither_success_nor_the_programs_failure(any_stage: Stage, end: Exit) -> None:
    failure = any_stage.runtime.verdict(any_stage.launch("true"), end, b"")
    assert failure is not None
    assert failure.code == "GHX0782I"


def test_a_death_for_memory_that_the_keeper_saw_names_the_limit(any_stage: Stage) -> None:
    launch = any_stage.launch("true", memory_mb=123)
    failure = any_stage.runtime.verdict(launch, Exit(signal=9, memory_killed=True), b"")
    assert failure is not None
    assert (failure.code, "123 MB" in failure.message) == ("STK2001", True)


def test_a_detached_command_is_found_by_its_process(any_stage: Stage) -> None:
    runtime = any_stage.runtime
    launch = any_stage.launch("sleep 60", STOKE_DUMMY_SLEEP="60")
    if not runtime.detached:
        assert asyncio.run(runtime.roots(launch.token)) == []
        return
    with any_stage.spawn(any_stage.order(launch)) as program:
        try:
            [pid] = wait_until(lambda: asyncio.run(runtime.roots(launch.token)), what="its process")
            assert psutil.Process(pid).cmdline() == ["sleep", "60"]
            assert pid not in {child.pid for child in psutil.Process(program.pid).children(recursive=True)}
            assert Cgroup.of(pid) is not None or not Path("/sys/fs/cgroup").exists()
        finally:
            any_stage.stop(launch.token)
    any_stage.clean(launch.token)
    assert asyncio.run(runtime.roots(launch.token)) == []


def test_stopping_and_cleaning_can_be_repeated_and_need_no_memory_of_the_attempt(
    any_stage: Stage, again: Callable[[Stage], Runtime]
) -> None:
    launch = any_stage.launch("true")
    any_stage.ended(launch)
    fresh = Stage(again(any_stage), any_stage.folder)
    for token in (launch.token, "never-prepared", "../odd token/"):
        fresh.stop(token)
        fresh.clean(token)
        fresh.clean(token)
    assert fresh.carry_out(launch).failure is None  # the same token, once more


def test_the_environment_of_the_contract_reaches_the_command_and_its_directories_can_be_written(
    stage: Stage,
) -> None:
    script = (
        'cd / && for d in "$TASK_PATH" "$QARNOT_RESULTS_DIRECTORY" "$TMP_PATH" "$TMP_RAMFS_PATH" "$HOME"; do '
        'echo $INSTANCE_ID of $INSTANCE_COUNT > "$d/written" || exit 1; done; echo "$MINE"; pwd'
    )
    launch = stage.launch(
        f"sh -c '{script}'", instance_id=3, MINE='  "quoted" #é = ${INSTANCE_ID}\nsecond line\n'
    )
    seen = stage.carry_out(launch)
    assert seen.failure is None, seen
    assert seen.stdout == '  "quoted" #é = 3\nsecond line\n\n/\n'
    assert Path(launch.job_dir, "written").read_text() == "3 of 8\n"
    assert Path(launch.tmp_dir, "written").exists()


def test_the_command_starts_in_the_job_directory_and_finds_its_files_there(stage: Stage) -> None:
    launch = stage.launch("./inputs/script.sh 'two words' last")
    script = Path(launch.job_dir, "inputs", "script.sh")
    script.parent.mkdir()
    script.write_text('#!/bin/sh\npwd\nfor word in "$@"; do echo "<$word>"; done\n')
    script.chmod(0o755)
    seen = stage.carry_out(launch)
    where = stage.runtime.job_path or launch.job_dir
    assert seen.stdout == f"{where}\n<two words>\n<last>\n"


@pytest.mark.parametrize("docker_cmd", ["no-such-program --flag", "./no-such-file", "/no/such/path", "/etc"])
def test_a_command_that_does_not_exist_has_its_own_fault_that_names_it(stage: Stage, docker_cmd: str) -> None:
    try:
        seen = stage.carry_out(stage.launch(docker_cmd))
        failure = seen.failure
    except Unrunnable as refusal:
        failure = refusal.failure
    assert failure is not None
    assert failure.code == "STK1003"
    assert repr(docker_cmd.split()[0]) in failure.message


def test_a_secret_is_in_no_argument_list(stage: Stage) -> None:
    launch = stage.launch(
        "sh -c 'echo $PASSWORD; echo \"$KEY\"'", PASSWORD="hunter2", KEY="line hunter2\nand another"
    )
    order = stage.order(launch)
    assert isinstance(order, Order)
    assert "hunter2" not in "\0".join(order.argv)
    assert stage.carry_out(launch).stdout == "hunter2\nline hunter2\nand another\n"


def test_variables_that_steer_programs_reach_the_command_and_nothing_outside_it(stage: Stage) -> None:
    launch = stage.launch(
        "sh -c 'echo $LD_PRELOAD $DOCKER_HOST $CONTAINERS_CONF'",
        LD_PRELOAD="/job/absent.so",
        DOCKER_HOST="tcp://nowhere",
        CONTAINERS_CONF="/job/conf",
    )
    order = stage.order(launch)
    assert isinstance(order, Order)
    if stage.runtime.job_path:
        assert "LD_PRELOAD" not in order.env
    assert stage.carry_out(launch).stdout == "/job/absent.so tcp://nowhere /job/conf\n"


@pytest.mark.parametrize("kind", ["sandbox", "podman"])
@pytest.mark.parametrize(("network", "interfaces"), [(False, 1), (True, 2)])
def test_the_network_is_there_only_for_profiles_that_have_it(
    request: pytest.FixtureRequest, kind: str, network: bool, interfaces: int
) -> None:
    stage: Stage = request.getfixturevalue(kind)
    seen = stage.carry_out(stage.launch("cat /proc/net/dev", network=network))
    assert min(seen.stdout.count(":"), 2) == interfaces


@pytest.mark.parametrize("kind", ["sandbox", "podman"])
def test_nothing_is_left_of_a_process_tree_that_is_stopped(request: pytest.FixtureRequest, kind: str) -> None:
    """Not even what left its session, its process group and its parent."""
    stage: Stage = request.getfixturevalue(kind)
    mark = str(10**8 + time.time_ns() % 10**8)
    launch = stage.launch(f"sh -c '(setsid sleep {mark} &) ; sleep {mark}'")
    program = stage.spawn(stage.order(launch))
    try:
        wait_until(lambda: len(sleepers(mark)) == 2, what="both are running")
        stage.stop(launch.token)
        program.kill()
        wait_until(lambda: not sleepers(mark), what="both are gone")
    finally:
        program.kill()
        program.communicate(timeout=DEADLINE_S)
        stage.clean(launch.token)


def sleepers(mark: str) -> list[psutil.Process]:
    return [p for p in psutil.process_iter(["cmdline"]) if (p.info["cmdline"] or [])[-2:] == ["sleep", mark]]
