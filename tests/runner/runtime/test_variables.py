"""The variables of a container, and what keeps them from steering the engine."""

from pathlib import Path

import pytest

from stokehold.runner.runtime.launch import Unrunnable
from stokehold.runner.runtime.variables import inherited, own, write

STEERING = [
    "PATH", "LD_PRELOAD", "DOCKER_HOST", "CONTAINER_HOST", "CONTAINERS_CONF", "STORAGE_DRIVER", "GODEBUG",
    "https_proxy", "XDG_RUNTIME_DIR", "REGISTRY_AUTH_FILE", "BASH_ENV", "_code",
]  # fmt: skip


@pytest.mark.parametrize("name", STEERING)
def test_what_steers_the_engine_comes_from_the_runner_and_never_from_a_task(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "the runner's")
    assert own()[name] == "the runner's"
    assert inherited({name: "one line"}, "podman") == {}
    with pytest.raises(Unrunnable) as caught:
        inherited({name: "two\nlines"}, "podman")
    assert caught.value.failure.code == "STK1004"
    assert repr(name) in caught.value.failure.message


def test_the_runners_other_variables_stay_with_the_runner(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STOKE_TOKEN", "hunter2")
    assert "STOKE_TOKEN" not in own()


@pytest.mark.parametrize("value", ["two\nlines", "ends in a return\r", "x" * 40_000])
def test_what_a_line_cannot_hold_travels_outside_the_file(tmp_path: Path, value: str) -> None:
    env = {"KEY": value, "DOCKER_CMD": "true"}
    outside = inherited(env, "podman")
    assert outside == {"KEY": value}
    write(tmp_path / "env", env, outside)
    assert (tmp_path / "env").read_text() == "DOCKER_CMD=true\n"


@pytest.mark.parametrize("name", ["two words", "#comment", "all*", "-x", "é\n"])
def test_a_name_that_the_engine_would_misread_is_refused(name: str) -> None:
    with pytest.raises(Unrunnable):
        inherited({name: "x"}, "podman")


def test_the_file_is_replaced_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    (tmp_path / "env").write_text("from an attempt that crashed")
    write(tmp_path / "env", {"A": " b "}, {})
    assert (tmp_path / "env").read_text() == "A= b \n"
    assert (tmp_path / "env").stat().st_mode & 0o777 == 0o600
