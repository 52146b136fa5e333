"""The runtime that a node uses, and what it tells its user about it."""

import asyncio
import os
from pathlib import Path

import pytest

from stokehold.runner.runtime.choose import Choice, Unusable, choose
from stokehold.runner.runtime.container import Container, Engine
from stokehold.runner.runtime.dummy import Dummy
from stokehold.runner.runtime.process import Process
from stokehold.runner.runtime.sandbox import Sandbox
from tests import tools


def chosen(folder: Path, runtime: str, sandbox: str = "auto") -> Choice:
    choice = asyncio.run(choose(runtime, sandbox, folder))
    assert all(reason[0].isupper() and reason.endswith(".") for reason in choice.reasons)
    return choice


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A host with no engine and no sandbox. Its folder can have programs put in."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def test_containers_come_first(tmp_path: Path, engine: Engine) -> None:
    choice = chosen(tmp_path, "auto")
    assert isinstance(choice.runtime, Container)
    assert engine.name in choice.reasons[0]


def test_without_an_engine_the_sandbox_is_next_and_the_reasons_say_why(tmp_path: Path, bare: Path) -> None:
    os.symlink(_bwrap(), bare / "bwrap")
    choice = chosen(tmp_path, "auto")
    assert isinstance(choice.runtime, Sandbox)
    assert choice.reasons[0] == "Containers by podman are not available: it is not installed."
    assert choice.reasons[1] == "Containers by docker are not available: it is not installed."
    assert "sandbox" in choice.reasons[2]


def _bwrap() -> str:
    return "/usr/bin/bwrap" if Path("/usr/bin/bwrap").exists() else str(tools.require("bwrap"))


def test_with_nothing_at_all_commands_run_bare_and_that_is_said_plainly(tmp_path: Path, bare: Path) -> None:
    choice = chosen(tmp_path, "auto")
    assert isinstance(choice.runtime, Process)
    assert "no sandbox, because bubblewrap is not installed" in choice.reasons[2]


def test_a_sandbox_that_does_not_work_is_quoted(tmp_path: Path, bare: Path) -> None:
    (bare / "bwrap").write_text(
        "#!/bin/sh\necho 'bwrap: No permissions to create new namespace' >&2\nexit 1\n"
    )
    (bare / "bwrap").chmod(0o755)
    choice = chosen(tmp_path, "process")
    assert isinstance(choice.runtime, Process)
    assert "No permissions to create new namespace" in choice.reasons[0]
    with pytest.raises(Unusable, match="No permissions"):
        chosen(tmp_path, "process", "bwrap")


def test_the_configuration_may_refuse_the_sandbox(tmp_path: Path) -> None:
    choice = chosen(tmp_path, "process", "none")
    assert isinstance(choice.runtime, Process)
    assert "because the configuration says so" in choice.reasons[0]


def test_the_dummy_says_that_nothing_runs(tmp_path: Path) -> None:
    choice = chosen(tmp_path, "dummy")
    assert isinstance(choice.runtime, Dummy)
    assert "No commands are run" in choice.reasons[0]


@pytest.mark.parametrize("name", ["podman", "docker"])
def test_an_engine_asked_for_by_name_that_is_not_there_is_refused(
    tmp_path: Path, bare: Path, name: str
) -> None:
    with pytest.raises(Unusable, match=f"The runtime {name} cannot be used: it is not installed"):
        chosen(tmp_path, name)


def test_words_that_mean_nothing_are_refused_with_those_that_do(tmp_path: Path) -> None:
    with pytest.raises(Unusable, match="auto, process, podman, docker, dummy"):
        chosen(tmp_path, "kubernetes")
    with pytest.raises(Unusable, match="auto, bwrap, none"):
        chosen(tmp_path, "process", "chroot")


def test_nothing_is_left_in_the_data_folder_by_the_probe(tmp_path: Path) -> None:
    chosen(tmp_path, "process")
    assert list(tmp_path.iterdir()) == []
