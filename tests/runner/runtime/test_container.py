"""Containers by podman: what the image decides, what the constants decide, and how they can fail."""

import asyncio
import os
import subprocess
from pathlib import Path

import pytest
from msgspec.structs import replace

from stokehold.runner.runtime.container import Container, Engine, container_name
from stokehold.runner.runtime.launch import Exit, Order, Unrunnable
from stokehold.runner.runtime.unwritten import Unwritten
from tests import tools
from tests.runner.runtime.stage import Stage
from tests.waiting import DEADLINE_S, wait_until


@pytest.mark.parametrize(("docker_cmd", "printed"), [(" World", "Hello World\n"), ("", "Hello nobody\n")])
def test_the_images_entrypoint_is_honoured_and_its_command_is_the_default(
    podman: Stage, docker_cmd: str, printed: str
) -> None:
    seen = podman.carry_out(podman.launch(docker_cmd, DOCKER_REPO="library/stoke-speaking"))
    assert (seen.failure, seen.stdout) == (None, printed)


def test_the_default_image_is_ubuntu(podman: Stage) -> None:
    assert podman.carry_out(podman.launch("true", DOCKER_REPO="")).failure is None


def test_user_host_name_and_directory_are_the_constants(podman: Stage) -> None:
    launch = podman.launch(
        "sh -c 'id -u; hostname; pwd; touch /job/mine'",
        DOCKER_USER="1234",
        DOCKER_HOST="boiler",
        DOCKER_WORKDIR="/etc",
    )
    seen = podman.carry_out(launch)
    assert (seen.failure, seen.stdout) == (None, "1234\nboiler\n/etc\n"), seen
    if os.getuid() == 0:
        assert Path(launch.job_dir, "mine").stat().st_uid == 1234


def test_a_directory_that_means_nothing_is_the_job_directory(podman: Stage) -> None:
    seen = podman.carry_out(podman.launch("pwd", DOCKER_WORKDIR="${DOCKER_WORKDIR}"))
    assert (seen.failure, seen.stdout) == (None, "/job\n"), seen


def test_running_out_of_memory_has_its_own_fault(podman: Stage, engine: Engine) -> None:
    if not engine.limits:
        tools.missing("this host's control groups do not allow memory limits")
    launch = podman.launch("tail -c 90000000 /dev/zero", memory_mb=30)
    seen = podman.carry_out(launch)
    assert (seen.end.code, seen.code) == (137, "STK2001"), seen
    assert "30 MB" in seen.failure.message


def test_an_image_that_cannot_be_had_has_its_own_fault(podman: Stage) -> None:
    with pytest.raises(Unrunnable) as caught:
        podman.order(podman.launch("true", DOCKER_SRV="https://127.0.0.1:9", DOCKER_REPO="no/such"))
    assert caught.value.failure.code == "STK3001"
    assert "127.0.0.1:9/no/such:latest" in caught.value.failure.message


@pytest.mark.parametrize(
    ("code", "said", "fault"),
    [
        (125, 'Error: docker.io/library/x:latest: image not known', "STK3001"),
        (127, 'Error: runc: unable to start: exec: "x": executable file not found in $PATH: OCI', "STK1003"),
        (127, 'docker: exec: "x": executable file not found.\n\nRun \'docker run --help\'', "STK1003"),
        (126, 'Error: workdir "/no" does not exist on container 7', "STK1003"),
        (126, "Error: runc: error setting rlimits: operation not permitted: OCI permission denied", "STK4004"),
        (125, 'time="now" level=warning msg="x"\nError: no space left on device', "STK4004"),
        (125, "Error: something\nand the program goes on", "STK1001"),
        (127, "sh: x: not found", "STK1001"),
        (1, "Error: image not known", "STK1001"),
    ],
)  # fmt: skip
def test_what_the_engine_says_before_the_command_begins_decides(
    tmp_path: Path, code: int, said: str, fault: str
) -> None:
    stage = Stage(Container(Engine("podman", "/bin/false"), tmp_path / "private"), tmp_path)
    failure = stage.runtime.verdict(stage.launch("x"), Exit(code=code), said.encode() + b"\n")
    assert failure is not None
    assert failure.code == fault


def test_nothing_is_left_when_an_attempt_is_cleaned(podman: Stage, engine: Engine) -> None:
    launch = podman.launch("false")
    podman.carry_out(launch)
    listing = subprocess.run(
        [engine.cli, "ps", "-a", "--format", "{{.Names}}"], capture_output=True, text=True, check=True
    )
    assert container_name(launch.token) not in listing.stdout
    assert list((podman.folder / "private").iterdir()) == []


def test_the_variables_are_in_a_file_that_only_the_runner_reads(podman: Stage) -> None:
    launch = podman.launch("true", KEY="hunter2")
    podman.order(launch)
    memory = Unwritten(podman.folder / "private").open()
    (variables,) = memory.iterdir()
    assert variables.stat().st_mode & 0o777 == 0o600
    assert memory.stat().st_mode & 0o777 == 0o700
    podman.clean(launch.token)
    assert not variables.exists()


def test_no_variable_is_on_a_disk_or_in_an_argument(podman: Stage) -> None:
    """Neither what fits into the engine's file nor what does not."""
    launch = podman.launch("true", KEY="hunter2", LINES="hunter2\nhunter2")
    order = podman.order(launch)
    assert isinstance(order, Order)
    assert not any("hunter2" in word for word in order.argv)
    files = [path for path in podman.folder.rglob("*") if path.is_file()]
    assert not [path for path in files if b"hunter2" in path.read_bytes()]
    podman.clean(launch.token)


def test_variables_that_a_killed_runner_left_are_swept_away(podman: Stage, engine: Engine) -> None:
    held, left = podman.launch("true"), podman.launch("true")
    for launch in (held, left):
        podman.order(launch)
    asyncio.run(Container(engine, podman.folder / "private").sweep({held.token}))
    memory = Unwritten(podman.folder / "private").open()
    assert [path.name for path in memory.iterdir()] == [f"{container_name(held.token)}.env"]
    podman.clean(held.token)
    assert not memory.exists()


def test_words_of_the_task_are_never_options_of_the_engine(podman: Stage) -> None:
    launch = podman.launch("--privileged", DOCKER_USER="0 --privileged", DOCKER_HOST="--privileged")
    order = podman.order(launch)
    podman.clean(launch.token)
    assert isinstance(order, Order)
    image = order.argv.index("docker.io/library/stoke-system:latest")
    assert not any("privileged" in word for word in order.argv[:image])


def test_limits_are_left_out_where_the_host_does_not_keep_them(podman: Stage, engine: Engine) -> None:
    loose = Stage(Container(replace(engine, limits=False), podman.folder / "private"), podman.folder)
    for stage, limited in ((podman, engine.limits), (loose, False)):
        order = stage.order(replace(stage.launch("true", memory_mb=64), cores=1))
        assert isinstance(order, Order)
        assert ("--memory=64m" in order.argv, "--cpus=1" in order.argv) == (limited, limited)


def test_what_an_earlier_runner_left_is_swept_away_but_for_what_is_held(
    podman: Stage, engine: Engine
) -> None:
    held, left = podman.launch("sleep 600"), podman.launch("sleep 600")
    programs = [podman.spawn(podman.order(launch)) for launch in (held, left)]
    names = {container_name(launch.token) for launch in (held, left)}
    wait_until(lambda: names <= _running(engine), what="both run")
    asyncio.run(Container(engine, podman.folder / "another").sweep(set()))
    assert names <= _running(engine)
    asyncio.run(Container(engine, podman.folder / "private").sweep({held.token}))
    assert container_name(held.token) in _running(engine)
    assert container_name(left.token) not in _running(engine)
    podman.clean(held.token)
    for program in programs:
        program.communicate(timeout=DEADLINE_S)


def _running(engine: Engine) -> set[str]:
    command = engine.argv("ps", "--format", "{{.Names}}")
    return set(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split())
